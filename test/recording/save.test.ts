import { readFile, stat } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { UserError } from '../../src/errors.ts'
import { saveFile } from '../../src/recording/save.ts'
import { temporary } from './support.ts'

describe('saveFile', () => {
  it('writes a new file for its owner alone', async () => {
    const path = await temporary('payload.bin')
    await saveFile(path, Uint8Array.of(1, 2, 255))
    expect([...(await readFile(path))]).toEqual([1, 2, 255])
    expect((await stat(path)).mode & 0o777).toBe(0o600)
  })

  it('overwrites nothing', async () => {
    const path = await temporary('payload.bin')
    await saveFile(path, Uint8Array.of(1))
    const again = saveFile(path, Uint8Array.of(2))
    await expect(again).rejects.toThrow(UserError)
    await expect(again).rejects.toThrow(`cannot save to ${path}: the file exists (give another name)`)
    expect([...(await readFile(path))]).toEqual([1])
  })

  it('says why a file cannot be written', async () => {
    await expect(saveFile('/nowhere/payload.bin', Uint8Array.of(1))).rejects.toThrow(
      'cannot save to /nowhere/payload.bin: no such file or directory',
    )
  })
})

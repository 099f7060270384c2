/** `wsinspect cut` where nothing of the recording is asked for: it says so, and writes nothing. */
import { existsSync } from 'node:fs'
import { expect, it } from 'vitest'
import { cut, type CutOptions } from '../../src/commands/cut.ts'
import { ExitCode } from '../../src/errors.ts'
import { temporary } from '../recording/support.ts'
import { opened, sent } from '../support/facts.ts'
import { recordingOf } from '../support/replays.ts'
import { frame } from '../support/scripted-peer.ts'

const cases: [Partial<CutOptions>, number, RegExp][] = [
  [{ conn: '9' }, ExitCode.usage, /has no connection 9 \(give --conn N\): #1 .* → ws:/],
  [{ from: '2s', to: '1s' }, ExitCode.usage, /--from 2s comes after --to 1s/],
  [{ filter: 'op:ping' }, ExitCode.failed, /nothing is written: no row of .* matches op:ping/],
]

it.each(cases)('%j', async (options, exitCode, message) => {
  const path = await recordingOf([...opened(), sent('server', frame(1, 'hi'))])
  const output = await temporary()
  await expect(cut(path, { output, ...options })).rejects.toMatchObject({
    exitCode,
    message: expect.stringMatching(message) as string,
  })
  expect(existsSync(output)).toBe(false)
  await cut(path, { output, conn: '1,9', filter: 'op:text', from: '0s', to: '1s' })
  expect(existsSync(output)).toBe(true)
})

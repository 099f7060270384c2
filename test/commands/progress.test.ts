import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { progressOf, shownAs } from '../../src/commands/progress.ts'

/** What is written to stderr, which is a terminal. */
function terminal(): string[] {
  const written: string[] = []
  const write = vi.spyOn(process.stderr, 'write').mockImplementation(text => {
    written.push(String(text))
    return true
  })
  const { isTTY } = process.stderr
  process.stderr.isTTY = true
  onTestFinished(() => {
    write.mockRestore()
    process.stderr.isTTY = isTTY
  })
  return written
}

describe('progress', () => {
  it('shows how far all connections have been read, on one line that goes again', async () => {
    const written = terminal()
    const progress = progressOf('replaying')
    const size = { client: 50, server: 150 }
    const shown = shownAs(progress, [size, size])
    shown.octets(1, 0, 'client', new Uint8Array(50))
    await vi.waitFor(() => {
      shown.octets(1, 0, 'server', new Uint8Array(0))
      expect(written).toEqual(['\rreplaying 12 %\x1b[K'])
    })
    progress.clear()
    expect(written.slice(1)).toEqual(['\r\x1b[K'])
  })
})

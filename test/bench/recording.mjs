/** The file a recording target writes, emptied after every measurement so that hours of it need no disk. */
import { mkdtempSync, rmSync, truncateSync } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const PIECE = 16 * 1024 * 1024
const GAP = Buffer.from('{"type":"gap"')

export function recordingFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'wsinspect-bench-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Waits until the recorder has caught up, notes how much it left out, and empties the file. */
export async function settle(file, sample) {
  await quiet(file)
  sample.lost = (await octetsLost(file)) / sample.wireOctets
  truncateSync(file, 0)
}

async function quiet(file) {
  let before = -1
  for (let tries = 0; tries < 100; tries++) {
    const { size } = await stat(file)
    if (size === before) return
    before = size
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}

/** The sum over the gap lines; a line cut by a piece's end is read again with the next piece. */
async function octetsLost(path) {
  const file = await open(path)
  const piece = Buffer.allocUnsafe(PIECE)
  let lost = 0
  try {
    for (let position = 0; ;) {
      const { bytesRead } = await file.read(piece, 0, PIECE, position)
      if (bytesRead < GAP.length) return lost
      const part = piece.subarray(0, bytesRead)
      let next = bytesRead - GAP.length + 1
      for (let at = part.indexOf(GAP); at >= 0; at = part.indexOf(GAP, at + 1)) {
        const end = part.indexOf(10, at)
        if (end < 0) {
          next = Math.max(at, 1)
          break
        }
        lost += JSON.parse(part.toString('utf8', at, end)).octets
        next = Math.max(next, end)
      }
      position += next
    }
  } finally {
    await file.close()
  }
}

/** The file a recording target writes, emptied after every measurement so that hours of it need no disk. */
import { closeSync, mkdtempSync, openSync, readSync, rmSync, statSync, truncateSync } from 'node:fs'
import { open } from 'node:fs/promises'
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
  const end = statSync(file).size
  sample.lost = (await octetsLost(file, starts(file))) / sample.wireOctets
  truncateSync(file, 0)
  ends.set(file, end)
}

/** Where each file ended before it was emptied. */
const ends = new Map()

/** A recorder that writes at positions goes on behind a hole, one that appends begins anew. */
function starts(file) {
  const first = Buffer.alloc(1)
  const fd = openSync(file)
  readSync(fd, first, 0, 1, 0)
  closeSync(fd)
  return first[0] === 0 ? (ends.get(file) ?? 0) : 0
}

async function quiet(file) {
  let before = -1
  for (let tries = 0; tries < 100; tries++) {
    const { size } = statSync(file)
    if (size === before) return
    before = size
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}

/** The sum over the gap lines; a line cut by a piece's end is read again with the next piece. */
async function octetsLost(path, start) {
  const file = await open(path)
  const piece = Buffer.allocUnsafe(PIECE)
  let lost = 0
  let position = start
  try {
    while (true) {
      const { bytesRead } = await file.read(piece, 0, PIECE, position)
      if (bytesRead < GAP.length) return lost
      const found = sumGaps(piece.subarray(0, bytesRead))
      lost += found.octets
      position += found.read
    }
  } finally {
    await file.close()
  }
}

/** The gaps whose lines are whole, and how far the piece is done with. */
function sumGaps(piece) {
  let octets = 0
  let read = piece.length - GAP.length + 1
  for (let at = piece.indexOf(GAP); at >= 0; at = piece.indexOf(GAP, at + 1)) {
    const end = piece.indexOf('\n', at)
    if (end < 0) return { octets, read: Math.max(at, 1) }
    octets += JSON.parse(piece.toString('utf8', at, end)).octets
    read = Math.max(read, end)
  }
  return { octets, read }
}

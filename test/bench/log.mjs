/** `wsinspect log` of large recordings, into the null device; L1 to L3. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { clientFrames, payloadOf, serverFrame } from './frames.mjs'
import { peakRssMiB } from './proc.mjs'
import { writeRecording } from './recorder-feed.mjs'
import { recordingFolder } from './recording.mjs'
import { median, spread } from './stats.mjs'
import { number, percent } from './table.mjs'

const MIB = 1024 * 1024
const READ = 64 * 1024
const LOOK = 20

/** Rows of short frames take long to print: less of them is enough. `chop`: what a read returned. */
const inputs = [
  { name: '1 KiB binary, reads of 64 KiB', opcode: 2, size: 1024, share: 1, chop: READ },
  { name: '1 KiB text, reads of 64 KiB', opcode: 1, size: 1024, share: 1, chop: READ },
  { name: '32 B text, reads of 64 KiB', opcode: 1, size: 32, share: 1 / 8, chop: READ },
  { name: '32 B text, a read each', opcode: 1, size: 32, share: 1 / 8, chop: 0 },
]

export async function bench({ bin, dist, rounds, mib, say }) {
  const folder = recordingFolder()
  const recordings = []
  for (const input of inputs) {
    say(`making ${input.name}`)
    const path = join(folder, `${recordings.length}.ndjson`)
    const frames = await writeRecording(dist, path, traffic(input, input.share * mib * MIB))
    await checkRows(bin, path, frames)
    recordings.push({ ...input, path, frames, mib: statSync(path).size / MIB, runs: [] })
  }
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < recordings.length; i++) {
      const recording = recordings[(i + round) % recordings.length]
      say(`round ${round + 1} of ${rounds}, ${recording.name}`)
      recording.runs.push(await run(bin, recording.path))
    }
  }
  return report(recordings)
}

/** Chops of both sides in turn, until about `octets` of file are made; each with the frames that end in it. */
function* traffic({ opcode, size, chop }, octets) {
  const count = Math.ceil(READ / size) * 4
  const client = clientFrames({ opcode, size }, count)
  const server = Buffer.concat(Array(count).fill(serverFrame(opcode, payloadOf({ opcode, size }))))
  for (let made = 0; made < octets;) {
    for (const [from, stream] of Object.entries({ client, server })) {
      const step = chop === 0 ? stream.length / count : chop
      for (let at = 0; at < stream.length; at += step) {
        const bytes = stream.subarray(at, at + step)
        const frames = at + step >= stream.length ? count : 0
        made += 100 + (bytes.length * 4) / 3
        yield { from, bytes, frames }
      }
    }
  }
}

/** Also brings the file into the page cache. */
async function checkRows(bin, path, frames) {
  const child = spawn(process.execPath, [bin, 'log', path], { stdio: ['ignore', 'pipe', 'inherit'] })
  let rows = 0
  child.stdout.on('data', chunk => {
    for (let at = chunk.indexOf('FRAME'); at >= 0; at = chunk.indexOf('FRAME', at + 1)) rows++
  })
  await once(child, 'close')
  // A word cut by a read is not found.
  if (rows > frames || rows < 0.99 * frames) throw new Error(`${rows} rows of ${frames} frames were printed`)
}

async function run(bin, path) {
  const start = performance.now()
  const child = spawn(process.execPath, [bin, 'log', path], { stdio: ['ignore', 'ignore', 'inherit'] })
  let rss = null
  const timer = setInterval(() => (rss = peakRssMiB(child.pid) ?? rss), LOOK)
  const [code] = await once(child, 'exit')
  clearInterval(timer)
  if (code !== 0) throw new Error(`log ended with ${code}`)
  return { seconds: (performance.now() - start) / 1000, rss }
}

function report(recordings) {
  const rate = ({ runs }, amount) => runs.map(({ seconds }) => amount / seconds)
  const mibs = recording => median(rate(recording, recording.mib))
  const rows = recording => median(rate(recording, recording.frames))
  const peak = Math.max(...recordings.flatMap(({ runs }) => runs.map(({ rss }) => rss ?? 0)))
  const [binary, text, short] = recordings
  return {
    tables: [
      {
        title: 'Log of a recording, start of the process included',
        head: ['frames', 'MiB', 'MiB/s', 'rows/s', 'spread', 'RSS MiB'],
        rows: recordings.map(recording => [
          recording.name,
          number(recording.mib),
          number(mibs(recording)),
          number(rows(recording)),
          percent(spread(rate(recording, 1))),
          number(Math.max(...recording.runs.map(({ rss }) => rss))),
        ]),
      },
    ],
    figures: {
      L1: { '1 KiB': Math.min(mibs(binary), mibs(text)) },
      L2: { '32 B': rows(short) },
      L3: { RSS: peak === 0 ? null : peak },
    },
    samples: recordings,
  }
}

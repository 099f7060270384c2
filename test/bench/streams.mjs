/** The commands that stream a recording of messages of 1 KiB, against reading its lines the obvious way; D1 to D3. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { here } from './children.mjs'
import { clientFrame, payloadOf, serverFrame } from './frames.mjs'
import { cpuSeconds, peakRssMiB } from './proc.mjs'
import { random } from './random.mjs'
import { writeRecording } from './recorder-feed.mjs'
import { recordingFolder } from './recording.mjs'
import { startPeer } from './replay-peer.mjs'
import { median, medianRatio, spread } from './stats.mjs'
import { number, percent } from './table.mjs'

const MIB = 1024 * 1024
const READ = 64 * 1024
const LOOK = 10
const BLOCK = 1024
const SIZE = 1024

/** By file. All messages of `other` differ from those of `json`, in a value that is ignored. */
const contents = {
  binary: { opcode: 2, payload: () => payloadOf({ opcode: 2, size: SIZE }) },
  json: { opcode: 1, payload: i => jsonPayload(1e9 + i) },
  other: { opcode: 1, payload: i => jsonPayload(2e9 + i) },
}

const commands = [
  {
    name: 'replay client --timing fast',
    reads: ['binary'],
    args: ({ binary }, url) => ['replay', 'client', binary, url, '--timing', 'fast'],
  },
  { name: 'diff, all the same', reads: ['binary', 'binary'], args: ({ binary }) => ['diff', binary, binary] },
  {
    name: 'diff, all JSON with another id',
    reads: ['json', 'other'],
    args: ({ json, other }) => ['diff', json, other, '--ignore', 'id'],
  },
  { name: 'cut', reads: ['binary'], args: ({ binary, out }) => ['cut', binary, '-o', out, '--force'] },
  {
    name: 'anonymize, JSON',
    reads: ['json'],
    args: ({ json, out }) => ['anonymize', json, '-o', out, '--force'],
  },
  { name: 'check', reads: ['binary'], args: ({ binary }) => ['check', binary] },
]

export async function bench({ bin, dist, rounds, mib, say }) {
  const folder = recordingFolder()
  const files = { out: join(folder, 'out.ndjson') }
  const streams = {}
  for (const [name, content] of Object.entries(contents)) {
    say(`making ${name}`)
    files[name] = join(folder, `${name}.ndjson`)
    streams[name] = streamsOf(content)
    await writeRecording(dist, files[name], traffic(streams[name], mib * MIB))
  }
  const peer = await startPeer(function* () {
    for (const { from, bytes } of traffic(streams.binary, mib * MIB)) if (from === 'server') yield bytes
  })
  const results = commands.map(({ name, reads, args }) => {
    const paths = reads.map(file => files[file])
    const size = paths.reduce((sum, path) => sum + statSync(path).size, 0) / MIB
    return { name, mib: size, ours: [bin, ...args(files, peer.url)], naive: paths, runs: [], base: [] }
  })
  try {
    for (let round = 0; round < rounds; round++) {
      for (const result of results) {
        say(`round ${round + 1} of ${rounds}, ${result.name}`)
        result.base.push(await run([here('naive-reader.mjs'), ...result.naive]))
        result.runs.push(await run(result.ours))
      }
    }
  } finally {
    peer.stop()
  }
  return report(results)
}

/** A block of what each side says. */
function streamsOf({ opcode, payload }) {
  const next = random(BLOCK)
  const key = Buffer.alloc(4)
  const client = []
  const server = []
  for (let i = 0; i < BLOCK; i++) {
    key.writeUInt32LE(next())
    client.push(clientFrame(opcode, payload(i), key))
    server.push(serverFrame(opcode, payload(i)))
  }
  return { client: Buffer.concat(client), server: Buffer.concat(server) }
}

/** Reads of both sides in turn, until about `octets` of file are made. */
function* traffic(streams, octets) {
  for (let made = 0; made < octets;) {
    for (const [from, stream] of Object.entries(streams)) {
      for (let at = 0; at < stream.length; at += READ) {
        const bytes = stream.subarray(at, at + READ)
        made += 100 + (bytes.length * 4) / 3
        yield { from, bytes, frames: 0 }
      }
    }
  }
}

/** An order with a few lines: strings, numbers, words, lists and objects. */
function jsonPayload(id) {
  const items = Array.from({ length: 14 }, (_, n) => ({
    n,
    sku: `A-${id % 1000}-${n}`,
    price: n * 3.5,
    note: null,
  }))
  const order = { id, kind: 'order.update', user: { name: 'Jürg', ok: true }, items, text: '' }
  const left = SIZE - Buffer.byteLength(JSON.stringify(order))
  return Buffer.from(JSON.stringify({ ...order, text: 'x'.repeat(Math.max(0, left)) }))
}

async function run(args) {
  const start = performance.now()
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', text => (said = (said + text).slice(0, 1000)))
  let rss = null
  let cpu = null
  const timer = setInterval(() => {
    rss = peakRssMiB(child.pid) ?? rss
    cpu = cpuSeconds(child.pid) ?? cpu
  }, LOOK)
  const [code] = await once(child, 'exit')
  clearInterval(timer)
  if (code !== 0) throw new Error(`${args.slice(1, 3).join(' ')} ended with ${code}: ${said.trim()}`)
  return { seconds: (performance.now() - start) / 1000, cpu, rss }
}

function report(results) {
  const rates = ({ runs, mib }) => runs.map(({ seconds }) => mib / seconds)
  const cpu = runs => runs.map(run => run.cpu)
  const ratio = ({ runs, base }) => medianRatio(cpu(runs), cpu(base))
  const peak = ({ runs }) => Math.max(...runs.map(({ rss }) => rss ?? 0))
  const [replay, same, json, cut] = results
  const most = Math.max(...results.map(peak))
  return {
    tables: [
      {
        title: 'Commands that stream a recording of messages of 1 KiB, start of the process included',
        head: ['command', 'MiB read', 'MiB/s', 'spread', 'CPU ms/MiB', 'CPU x naive', 'RSS MiB'],
        rows: results.map(result => [
          result.name,
          number(result.mib),
          number(median(rates(result))),
          percent(spread(rates(result))),
          number((1000 * median(cpu(result.runs))) / result.mib),
          number(ratio(result)),
          number(peak(result)),
        ]),
      },
    ],
    figures: {
      D1: Object.fromEntries(
        Object.entries({ replay, diff: same, cut }).map(([on, result]) => [on, median(rates(result))]),
      ),
      D2: { replay: ratio(replay), diff: ratio(same), JSON: ratio(json), cut: ratio(cut) },
      D3: { RSS: most === 0 ? null : most },
    },
    samples: results,
  }
}

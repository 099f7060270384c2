import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, mkdir, readFile, stat, symlink, writeFile, type FileHandle, rm } from 'node:fs/promises'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { encodeFrame } from '../../src/protocol/frame-encoder.ts'
import { RecordingError } from '../../src/recording/errors.ts'
import type { Write } from '../../src/recording/file.ts'
import type { Side } from '../../src/protocol/side.ts'
import type { Recorder } from '../../src/recording/recorder.ts'
import { tee, type Mark } from '../../src/wire/facts.ts'
import { Session } from '../../src/wire/session.ts'
import type { FactList } from '../support/fact-list.ts'
import { Collector, connectionInfo, opened, push, sent, tcp, type Fact } from '../support/facts.ts'
import { handshake } from '../support/heads.ts'
import { header, linesOf, read, record, temporary } from './support.ts'

const { request } = handshake()

/** A disk that takes nothing until it is let go. */
class Disk {
  #open: () => void = () => undefined
  #gate = new Promise<void>(resolve => (this.#open = resolve))
  #done: (() => void)[] = []

  readonly write: Write = async (file, octets) => {
    await this.#gate
    const { bytesWritten } = await file.write(octets)
    setImmediate(() => {
      for (const done of this.#done.splice(0)) done()
    })
    return bytesWritten
  }

  letGo(): void {
    this.#open()
  }

  /** The next write has been dealt with. */
  async wrote(): Promise<void> {
    await new Promise<void>(resolve => this.#done.push(resolve))
  }
}

/** Writes to the disk until `size` octets are on it. */
function fullDisk(size: number, code = 'ENOSPC', errno = -28): Write {
  let left = size
  return async (file: FileHandle, octets: Uint8Array) => {
    if (left === 0) throw Object.assign(new Error(code), { code, errno })
    const { bytesWritten } = await file.write(octets.subarray(0, Math.min(left, 7)))
    left -= bytesWritten
    return bytesWritten
  }
}

const side = fc.constantFrom<Side>('client', 'server')
const text = fc.string({ unit: 'binary', maxLength: 10 })
const bytes = fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ minLength: 4090, maxLength: 4100 }))

/** Facts of a few connections in any order, with offsets that fit. */
const anyFacts = fc
  .array(
    fc.record({
      conn: fc.integer({ min: 1, max: 3 }),
      from: side,
      pause: fc.integer({ min: 0, max: 5000 }),
      what: fc.oneof(
        { weight: 6, arbitrary: bytes },
        { weight: 1, arbitrary: fc.constantFrom('redacted', 'gap', 'edit') },
      ),
      text,
    }),
    { maxLength: 20 },
  )
  .map(steps => {
    const facts: Required<Fact>[] = []
    const offsets = new Map<string, number>()
    let micros = 0
    for (const conn of [1, 2, 3]) {
      const info = {
        client: `c${conn}`,
        server: steps[0]?.text ?? '',
        url: steps[1]?.text ?? '',
        tls: conn === 2,
      }
      facts.push({ type: 'open', conn, time: 0, info })
    }
    for (const { conn, from, pause, what, text } of steps) {
      const time = (micros += pause) / 1000
      const key = `${conn} ${from}`
      const offset = offsets.get(key) ?? 0
      if (typeof what !== 'string') {
        facts.push({ type: 'octets', conn, time, from, bytes: what })
        offsets.set(key, offset + what.length)
        continue
      }
      const marks: Record<string, Mark> = {
        redacted: { type: 'redacted', offset, octets: 3 },
        gap: { type: 'gap', offset, octets: pause, reason: text },
        edit: { type: 'edit', offset, octets: 3, written: new TextEncoder().encode(text) },
      }
      facts.push({ type: 'mark', conn, time, from, mark: marks[what]! })
      if (what === 'gap') offsets.set(key, offset + pause)
    }
    for (const from of ['client', 'server'] as const) {
      for (const conn of [1, 2]) facts.push({ type: 'tcp', conn, time: micros / 1000, from, state: 'fin' })
    }
    return { facts, end: micros / 1000 }
  })

describe('a recording', () => {
  it.each(['out.ndjson', 'out.ndjson.gz'])('gives back what went in: %s', async name => {
    const path = await temporary(name)
    await fc.assert(
      fc.asyncProperty(anyFacts, async ({ facts, end }) => {
        const recorder = await record(path, { force: true })
        for (const fact of facts) push(recorder, fact)
        await recorder.end(end)
        const { list, notes } = await read(path)
        expect(list.facts).toEqual(facts)
        expect(list.ended).toBe(end)
        expect(notes).toEqual([])
        expect(recorder.counts).toMatchObject({ lines: facts.length + 2, gaps: 0, missing: 0 })
      }),
      { numRuns: 60 },
    )
  })

  it('holds chops larger than a batch, and many batches, in order', async () => {
    const path = await temporary()
    const recorder = await record(path)
    recorder.open(1, 0, connectionInfo)
    const sizes = [3 * 1024 * 1024, 1, ...Array.from({ length: 100 }, (_, i) => 65_536 - i)]
    sizes.forEach((size, i) => {
      recorder.octets(1, i, 'client', Buffer.alloc(size, i))
    })
    await recorder.end(1)
    const { list } = await read(path)
    expect(list.facts.slice(1).map(fact => 'bytes' in fact && fact.bytes.length)).toEqual(sizes)
    expect(recorder.counts.octets).toBe(sizes.reduce((sum, size) => sum + size))
  })

  it('takes octets that are no Buffer, and only those of its view', async () => {
    const path = await temporary()
    const recorder = await record(path)
    recorder.open(1, 0, connectionInfo)
    recorder.octets(1, 0, 'client', new TextEncoder().encode('-abc-').subarray(1, 4))
    await recorder.end(1)
    expect((await read(path)).list.stream('client').toString()).toBe('abc')
  })

  it('ends once, and takes nothing after that', async () => {
    const path = await temporary()
    const recorder = await record(path)
    recorder.octets(7, 0, 'client', Buffer.from('never opened'))
    const ended = recorder.end(5)
    expect(recorder.end(9)).toBe(ended)
    recorder.open(1, 6, connectionInfo)
    recorder.tcp(1, 6, 'client', 'fin')
    recorder.mark(1, 6, 'client', { type: 'redacted', offset: 0, octets: 1 })
    await ended
    expect(await linesOf(path)).toEqual([header.trim(), '{"type":"end","time":5}'])
  })
})

describe('what a SIGKILL would leave', () => {
  it.each(['out.ndjson', 'out.ndjson.gz'])('is all but the last 100 ms: %s', async name => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      const disk = new Disk()
      disk.letGo()
      const path = await temporary(name)
      const recorder = await record(path, { write: disk.write })
      await disk.wrote()
      for (let i = 0; i < 3; i++) {
        recorder.open(i + 1, i, connectionInfo)
        vi.advanceTimersByTime(99)
        expect((await read(path)).list.facts).toHaveLength(i)
        const wrote = disk.wrote()
        vi.advanceTimersByTime(1)
        await wrote
        expect((await read(path)).list.facts).toHaveLength(i + 1)
      }
      expect(vi.getTimerCount()).toBe(0)
      await recorder.end(5)
    } finally {
      vi.useRealTimers()
    }
  })
})

describe('a file that is removed', () => {
  it('is told once, and nothing fails', async () => {
    const path = await temporary()
    const told: string[] = []
    let tell: () => void
    const first = new Promise<void>(resolve => (tell = resolve))
    const recorder = await record(path, {
      flushInterval: 1,
      onError: message => {
        told.push(message)
        tell()
      },
    })
    await rm(path)
    recorder.open(1, 0, { client: 'a:1', server: 'b:2', url: 'ws://b:2/', tls: false })
    await first
    recorder.tcp(1, 1, 'client', 'fin')
    await recorder.end(2)
    expect(told).toEqual([`${path} was removed while it is recorded to: nothing of it will be left`])
    expect(recorder.failed).toBe(false)
  })
})

describe('a full queue', () => {
  /** A connection with frames of `size` octets, and a session and a recorder that follow it. */
  async function followed(disk: Disk, path: string, onFull: 'gap' | 'wait', queueLimit = 4000) {
    const session = new Session()
    const rows = new Collector()
    session.attach(rows)
    const recorder = await record(path, {
      write: disk.write,
      onFull,
      queueLimit,
      flushInterval: 1,
      nextFrame: (conn, from) => session.nextFrame(conn, from),
    })
    const facts = tee([session, recorder])
    for (const fact of opened()) push(facts, fact)
    return { facts, recorder, rows }
  }

  const frame = (i: number) => encodeFrame({ opcode: 1, key: 7 }, Buffer.from(`message ${i} `.repeat(10)))

  it('leaves out chops as counted gaps that end at a frame', async () => {
    const path = await temporary()
    const disk = new Disk()
    const { facts, recorder, rows } = await followed(disk, path, 'gap')
    const stream = Buffer.concat(Array.from({ length: 200 }, (_, i) => frame(i)))
    const half = 100 * frame(10).length
    for (let at = 0; at < half; at += 50)
      push(facts, sent('client', stream.subarray(at, Math.min(at + 50, half)), 1))
    push(facts, sent('server', encodeFrame({ opcode: 1 }, Buffer.from('dropped')), 1))
    expect(recorder.full).toBe(false)
    const wrote = disk.wrote()
    disk.letGo()
    await wrote // the header
    await disk.wrote() // all that was queued
    for (let at = half; at < stream.length; at += 50) {
      push(facts, sent('client', stream.subarray(at, at + 50), 2))
      if (at % 1000 < 50) await disk.wrote()
    }
    push(facts, tcp('server', 'fin', 3))
    await facts.end(4)

    const { list, notes } = await read(path)
    expect(notes).toEqual([])
    const gaps = list.marks()
    expect(gaps.map(gap => gap.type === 'gap' && gap.reason)).toEqual(['queue', 'queue'])
    const total = gaps.reduce((sum, gap) => sum + gap.octets, 0)
    expect(recorder.counts).toMatchObject({ gaps: 2, missing: total })
    expect(list.stream('client').length + gaps[0]!.octets).toBe(stream.length + request.length)
    expect(gaps[1]!.octets).toBe(encodeFrame({ opcode: 1 }, Buffer.from('dropped')).length)

    const live = new Map(framesOf(rows).map(row => [row.offset, row]))
    const again = framesOf(observeList(list))
    expect(again.length).toBeGreaterThan(100)
    expect(again.length).toBeLessThan(200)
    // The frame before the gap is cut; all others are what the live session saw.
    const wholeAgain = again.filter(row => row.received === row.payloadLength)
    expect(again.length - wholeAgain.length).toBeLessThanOrEqual(1)
    for (const row of wholeAgain) expect({ ...row, seq: 0 }).toEqual({ ...live.get(row.offset), seq: 0 })
  })

  function framesOf(rows: Collector) {
    return rows.entries.flatMap(entry => (entry.type === 'frame' ? [entry] : []))
  }

  function observeList(list: FactList): Collector {
    const session = new Session()
    const rows = new Collector()
    session.attach(rows)
    for (const fact of list.facts) push(session, fact)
    return rows
  }

  it('is open again when little waits, so that gaps are long and few', async () => {
    const path = await temporary()
    const disk = new Disk()
    const { facts, recorder } = await followed(disk, path, 'gap', 4 * 1024 * 1024)
    const large = encodeFrame({ opcode: 2, key: 7 }, new Uint8Array(700 * 1024))
    for (let i = 0; i < 6; i++) push(facts, sent('client', large, 1))
    disk.letGo()
    while (recorder.counts.gaps === 0) {
      await disk.wrote()
      push(facts, sent('client', frame(1), 2))
    }
    // Header, open, two heads, and the five frames of 1 MiB of line that came before it was full.
    expect(recorder.counts.lines).toBe(9)
    await facts.end(3)
    expect((await read(path)).list.marks()).toHaveLength(1)
  })

  it('makes one gap out of what is missing and what would have been a gap', async () => {
    const path = await temporary()
    const disk = new Disk()
    const { facts, recorder } = await followed(disk, path, 'gap')
    push(facts, sent('client', new Uint8Array(20_000), 1))
    push(facts, sent('client', new Uint8Array(10), 2))
    recorder.mark(1, 2, 'client', {
      type: 'gap',
      offset: request.length + 20_010,
      octets: 90,
      reason: 'http',
    })
    push(facts, sent('client', new Uint8Array(0), 2))
    disk.letGo()
    await facts.end(3)
    expect((await read(path)).list.marks()).toEqual([
      { type: 'gap', offset: request.length + 20_000, octets: 100, reason: 'queue' },
    ])
  })

  it('keeps the heads of a connection that opens meanwhile', async () => {
    const path = await temporary()
    const disk = new Disk()
    const { facts } = await followed(disk, path, 'gap')
    push(facts, sent('client', new Uint8Array(4000), 1))
    facts.open(2, 1, { client: 'a:1', server: 'b:2', url: 'ws://b:2/', tls: false })
    facts.octets(2, 1, 'client', Buffer.from(request))
    disk.letGo()
    await facts.end(3)
    const { list } = await read(path)
    expect(list.stream('client', 2)).toHaveLength(request.length)
  })

  it('asks for a pause with `wait`, and loses nothing', async () => {
    const path = await temporary()
    const disk = new Disk()
    const { facts, recorder } = await followed(disk, path, 'wait')
    const seen: string[] = []
    recorder.onDrain(() => seen.push('not full'))
    let sentOctets = 0
    for (; !recorder.full; sentOctets += 100) push(facts, sent('client', new Uint8Array(100), 1))
    recorder.onDrain(() => seen.push('drained'))
    push(facts, sent('client', new Uint8Array(5000), 1))
    expect(seen).toEqual(['not full'])
    const drained = new Promise<void>(resolve => {
      recorder.onDrain(resolve)
    })
    disk.letGo()
    await drained
    expect(recorder.full).toBe(false)
    expect(seen).toEqual(['not full', 'drained'])
    await facts.end(2)
    const { list } = await read(path)
    expect(list.marks()).toEqual([])
    expect(list.stream('client')).toHaveLength(request.length + sentOctets + 5000)
  })

  it('that waits for a disk that fails waits no more', async () => {
    const errors: string[] = []
    const recorder = await record(await temporary(), {
      onFull: 'wait',
      queueLimit: 1,
      write: fullDisk(0),
      onError: message => errors.push(message),
    })
    recorder.open(1, 0, connectionInfo)
    expect(recorder.full).toBe(true)
    await new Promise<void>(resolve => {
      recorder.onDrain(resolve)
    })
    expect(recorder.full).toBe(false)
    await recorder.end(1)
    expect(errors).toHaveLength(1)
  })
})

describe('a disk that is full', () => {
  it('leaves a file of whole lines, wherever it ends', async () => {
    const path = await temporary()
    const facts = [...opened(), sent('client', Buffer.from('hello'), 1), tcp('client', 'fin', 2)]
    for (const size of [0, 1, header.length - 1, header.length, header.length + 1, 300, 500, 777, 900]) {
      const errors: string[] = []
      const recorder = await record(path, {
        force: true,
        write: fullDisk(size),
        onError: message => errors.push(message),
      })
      for (const fact of facts) push(recorder, fact)
      await recorder.end(3)
      recorder.open(2, 3, connectionInfo)
      const content = await readFile(path, 'utf8')
      expect(content.length).toBeLessThanOrEqual(size)
      expect(content === '' || content.endsWith('\n')).toBe(true)
      const lines = await linesOf(path)
      expect(lines.every(line => typeof JSON.parse(line) === 'object')).toBe(true)
      expect(lines.length > 0).toBe(size >= header.length)
      expect(errors).toEqual([
        `recording stopped: no space left on device (${path} holds ${lines.length} lines)`,
      ])
      expect(recorder.counts.lines).toBe(lines.length)
      expect(recorder.failed).toBe(true)
    }
  })

  it('leaves compressed lines that are whole', async () => {
    const path = await temporary('out.ndjson.gz')
    const errors: string[] = []
    const recorder = await record(path, { write: fullDisk(400), onError: message => errors.push(message) })
    recorder.open(1, 0, connectionInfo)
    for (let i = 0; i < 200; i++) recorder.octets(1, i, 'client', Buffer.from(String(i * 7919)))
    await recorder.end(3)
    const content = gunzipSync(await readFile(path), { finishFlush: 2 }).toString()
    expect(content).toBe(header)
    expect(errors).toEqual([`recording stopped: no space left on device (${path} holds 1 lines)`])
  })

  it('may fail at the very end of a compressed file', async () => {
    const path = await temporary('out.ndjson.gz')
    const errors: string[] = []
    let size = Infinity
    const write: Write = async (file, octets) => {
      if (octets.length > size) throw Object.assign(new Error('EIO'), { code: 'EIO', errno: -5 })
      size -= octets.length
      return (await file.write(octets)).bytesWritten
    }
    await (await record(path, { write })).end(3)
    size = (await stat(path)).size - 1
    const recorder = await record(path, { force: true, write, onError: message => errors.push(message) })
    await recorder.end(3)
    expect(errors).toEqual([`recording stopped: i/o error (${path} holds 2 lines)`])
    expect((await read(path)).list.ended).toBe(3)
  })

  it.each([
    ['EDQUOT', -122, 'disk quota exceeded'],
    ['EPIPE', -32, 'nobody reads from it any more'],
    ['EWHAT', -9999, 'EWHAT'],
  ])('may say %s', async (code, errno, words) => {
    const errors: string[] = []
    const path = await temporary()
    const recorder = await record(path, {
      write: fullDisk(0, code, errno),
      onError: text => errors.push(text),
    })
    await recorder.end(0)
    expect(errors).toEqual([`recording stopped: ${words} (${path} holds 0 lines)`])
  })

  it('is one that takes nothing, too', async () => {
    const errors: string[] = []
    const path = await temporary()
    const recorder = await record(path, {
      write: () => Promise.resolve(0),
      onError: text => errors.push(text),
    })
    await recorder.end(0)
    expect(errors).toEqual([`recording stopped: nothing can be written (${path} holds 0 lines)`])
  })

  it.runIf(existsSync('/dev/full'))('is /dev/full', async () => {
    const errors: string[] = []
    const recorder = await record('/dev/full', { onError: message => errors.push(message) })
    recorder.open(1, 0, connectionInfo)
    await recorder.end(1)
    expect(errors).toEqual(['recording stopped: no space left on device (/dev/full holds 0 lines)'])
  })
})

describe('a pipe that is full', () => {
  const again = () => Object.assign(new Error('EAGAIN'), { code: 'EAGAIN', errno: -11 })

  it('is tried again', async () => {
    const path = await temporary()
    let calls = 0
    const write: Write = async (file, octets) => {
      if (++calls % 3 !== 0) throw again()
      return (await file.write(octets.subarray(0, 100))).bytesWritten
    }
    const recorder = await record(path, { write })
    recorder.open(1, 0, connectionInfo)
    await recorder.end(1)
    expect((await read(path)).list).toMatchObject({ facts: [{ type: 'open' }], ended: 1 })
  })

  it('is given up at the end', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      const path = await temporary()
      const errors: string[] = []
      const recorder = await record(path, {
        write: () => Promise.reject(again()),
        onError: message => errors.push(message),
      })
      const ended = recorder.end(1)
      for (let i = 0; i < 30; i++) await vi.advanceTimersByTimeAsync(100)
      await ended
      expect(errors).toEqual([`recording stopped: nobody reads from it any more (${path} holds 0 lines)`])
    } finally {
      vi.useRealTimers()
    }
  })
})

describe('where a recording goes', () => {
  async function refusal(path: string, force = false): Promise<RecordingError> {
    const error: unknown = await record(path, { force }).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(RecordingError)
    return error as RecordingError
  }

  it('is a new file that only the user can read', async () => {
    const path = await temporary()
    await (await record(path)).end(0)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
  })

  it('is no file that exists, unless forced', async () => {
    const path = await temporary()
    await writeFile(path, 'precious '.repeat(100))
    await chmod(path, 0o644)
    expect(await refusal(path)).toMatchObject({
      failure: 'exists',
      message: `cannot record to ${path}: the file exists (use --force to overwrite)`,
    })
    expect(await readFile(path, 'utf8')).toBe('precious '.repeat(100))
    await (await record(path, { force: true })).end(0)
    expect(await linesOf(path)).toHaveLength(2)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
  })

  it('is no symbolic link, unless forced', async () => {
    const path = await temporary()
    await symlink('elsewhere', path)
    expect(await refusal(path)).toMatchObject({ failure: 'exists' })
    await (await record(path, { force: true })).end(0)
    expect(await linesOf(path.replace('out.ndjson', 'elsewhere'))).toHaveLength(2)
  })

  it('is no directory, and in one that is there', async () => {
    const path = await temporary()
    await mkdir(path)
    for (const force of [false, true]) {
      expect(await refusal(path, force)).toMatchObject({
        failure: 'unwritable',
        message: `cannot record to ${path}: it is a directory`,
      })
      expect(await refusal(`${path}/a/b`, force)).toMatchObject({
        failure: 'unwritable',
        message: `cannot record to ${path}/a/b: the directory does not exist (make it first)`,
      })
    }
    await writeFile(`${path}/file`, '')
    expect((await refusal(`${path}/file/x`)).message).toContain('part of the path is not a directory')
  })

  it('may be a pipe that somebody reads', async () => {
    const path = await temporary('pipe')
    execFileSync('mkfifo', [path])
    expect(await refusal(path)).toMatchObject({
      failure: 'unwritable',
      message: `cannot record to ${path}: nobody reads from it`,
    })
    const copy = path.replace('pipe', 'copy')
    const cat = spawn('sh', ['-c', 'echo; exec cat "$0" > "$1"', path, copy])
    await once(cat.stdout, 'data')
    // The reader is there in a moment.
    const opened = async (): Promise<Recorder> => record(path).catch(opened)
    const recorder = await opened()
    recorder.open(1, 0, connectionInfo)
    for (let i = 0; i < 20; i++) recorder.octets(1, i, 'client', new Uint8Array(50_000))
    await recorder.end(1)
    await once(cat, 'close')
    expect((await read(copy)).list.stream('client')).toHaveLength(1_000_000)
  })

  it('may be /dev/null', async () => {
    const recorder = await record('/dev/null')
    await recorder.end(0)
    expect(recorder.counts.lines).toBe(2)
  })
})

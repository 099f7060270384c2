import { describe, expect, it } from 'vitest'
import { encodeFrame } from '../../src/protocol/frame-encoder.ts'
import { RecordingError } from '../../src/recording/errors.ts'
import { keptOfAll, keptOfSide } from '../../src/recording/beginnings.ts'
import { RecordingSwitch } from '../../src/recording/recording-switch.ts'
import { tee } from '../../src/wire/facts.ts'
import { Session } from '../../src/wire/session.ts'
import { Collector, connectionInfo, opened, push, sent } from '../support/facts.ts'
import { linesOf, read, record, temporary } from './support.ts'

const frame = (text: string) => encodeFrame({ opcode: 1 }, Buffer.from(text))

/** A session and a switch behind it, as in a live run. */
function live(path: () => Promise<string>) {
  const session = new Session()
  const nextFrame = (conn: number, from: 'client' | 'server') => session.nextFrame(conn, from)
  const recording = new RecordingSwitch(null, async () => record(await path(), { nextFrame }))
  return { recording, facts: tee([session, recording]) }
}

/** The lines of the log that a recording gives. */
async function rowsOf(path: string): Promise<string[]> {
  const { list } = await read(path)
  const session = new Session()
  const collector = new Collector()
  session.attach(collector)
  for (const fact of list.facts) push(session, fact)
  return collector.lines
}

describe('RecordingSwitch', () => {
  it('begins a file with how each open connection began, then goes on where a frame begins', async () => {
    const path = await temporary()
    const { recording, facts } = live(() => Promise.resolve(path))
    for (const fact of opened()) push(facts, fact)
    const long = frame('x'.repeat(keptOfSide))
    push(facts, sent('server', long, 3))
    push(facts, sent('server', frame('left out'), 4))
    await recording.on()
    const half = frame('in two reads')
    push(facts, sent('server', Buffer.concat([frame('there'), half.subarray(0, 5)]), 5))
    push(facts, sent('server', half.subarray(5), 6))
    await recording.off(7)
    push(facts, sent('server', frame('off again'), 8))

    const rows = (await rowsOf(path)).join('\n')
    expect(rows).toContain('101 Switching Protocols')
    expect(rows).toMatch(/GAP .* octets are not in the record \(off\)/)
    expect(rows).not.toContain('left out')
    expect(rows).toContain('"there"')
    expect(rows).toContain('"in two reads"')
    expect(rows).not.toContain('off again')
    expect(rows).not.toContain('ERROR')
  })

  it('makes a file of its own each time, each with all that is open', async () => {
    const paths = [await temporary('a.ndjson'), await temporary('b.ndjson')]
    let made = 0
    const { recording, facts } = live(() => Promise.resolve(paths[made++] ?? ''))
    for (const fact of opened()) push(facts, fact)
    await recording.on()
    await recording.on()
    expect(recording.recorder).not.toBeNull()
    push(facts, sent('server', frame('first'), 3))
    await recording.off(4)
    expect(recording.recorder).toBeNull()
    push(facts, { type: 'tcp', time: 5, from: 'server', state: 'fin' })
    await recording.on()
    push(facts, sent('client', frame('second'), 6))
    await facts.end(7)

    expect(made).toBe(2)
    expect((await rowsOf(paths[0] ?? '')).join('\n')).toContain('"first"')
    const rows = (await rowsOf(paths[1] ?? '')).join('\n')
    expect(rows).toContain('OPEN')
    expect(rows).toContain('server TCP     FIN')
    expect(rows).toContain('"second"')
  })

  it('keeps octets as they were, though what they came in is read into again', async () => {
    const path = await temporary()
    const { recording, facts } = live(() => Promise.resolve(path))
    const shared = Buffer.alloc(65_536)
    for (const fact of [...opened(), sent('server', frame('first'), 1), sent('server', frame('other'), 2)]) {
      if (fact.type !== 'octets') push(facts, fact)
      else {
        shared.set(fact.bytes)
        push(facts, { ...fact, bytes: shared.subarray(0, fact.bytes.length) })
      }
    }
    shared.fill(0x41)
    await recording.on()
    await recording.off(3)
    const rows = (await rowsOf(path)).join('\n')
    expect(rows).toContain('"first"')
    expect(rows).toContain('"other"')
    expect(rows).not.toContain('AAAA')
  })

  it('forgets connections that are over', async () => {
    const path = await temporary()
    const { recording, facts } = live(() => Promise.resolve(path))
    facts.open(1, 0, connectionInfo)
    for (const from of ['client', 'server'] as const) facts.tcp(1, 1, from, 'fin')
    await recording.on()
    await recording.off(2)
    expect(await linesOf(path)).toHaveLength(2)
  })

  it('stays off when the file cannot be made', async () => {
    const { recording } = live(() => Promise.resolve('/nowhere/at/all.ndjson'))
    await expect(recording.on()).rejects.toThrow(RecordingError)
    expect(recording.recorder).toBeNull()
  })

  it('keeps what was marked in the beginning, and tells how a side ended before', async () => {
    const path = await temporary()
    const { recording, facts } = live(() => Promise.resolve(path))
    for (const fact of opened()) push(facts, fact)
    facts.mark(1, 1, 'client', { type: 'edit', offset: 6, octets: 4, written: Buffer.from('Host') })
    facts.mark(1, 1, 'server', { type: 'gap', offset: 129, octets: 10, reason: 'http' })
    facts.mark(1, 1, 'server', { type: 'stalled', offset: 139, octets: 10, span: 1000 })
    push(facts, sent('server', frame('y'.repeat(2 * keptOfSide)), 2))
    facts.tcp(1, 3, 'server', 'fin')
    await recording.on()
    await recording.off(4)
    const lines = (await linesOf(path)).map(line => JSON.parse(line) as Record<string, unknown>)
    const marks = lines.filter(({ type }) => type === 'edit' || type === 'gap' || type === 'stalled')
    expect(marks.map(({ type, reason }) => [type, reason])).toEqual([
      ['edit', undefined],
      ['gap', 'http'],
      ['gap', 'off'],
    ])
    expect(lines.at(-2)).toMatchObject({ type: 'tcp', from: 'server', state: 'fin' })
    expect(marks.at(-1)).toMatchObject({ offset: keptOfSide, octets: 139 + 4 + 2 * keptOfSide - keptOfSide })
  })

  it('holds no more of beginnings than a bound; what begins beyond it is not in files begun later', async () => {
    const path = await temporary()
    const { recording, facts } = live(() => Promise.resolve(path))
    const head = Buffer.alloc(keptOfSide, 'x')
    const fills = keptOfAll / keptOfSide
    for (let conn = 1; conn <= fills + 1; conn++) {
      facts.open(conn, 0, connectionInfo)
      facts.octets(conn, 0, 'client', head)
    }
    await recording.on()
    await recording.off(1)
    const opens = (await linesOf(path)).filter(line => line.includes('"type":"open"'))
    expect(opens).toHaveLength(fills)
  })

  it('asks for a pause as its recorder does', async () => {
    const path = await temporary()
    let letGo: () => void = () => undefined
    const gate = new Promise<void>(resolve => (letGo = resolve))
    const recording = new RecordingSwitch(null, () =>
      record(path, {
        onFull: 'wait',
        queueLimit: 1024,
        write: async (file, octets) => {
          await gate
          return (await file.write(octets)).bytesWritten
        },
      }),
    )
    let drains = 0
    recording.onDrain(() => drains++)
    expect([recording.full, drains]).toEqual([false, 1])
    await recording.on()
    recording.open(1, 0, connectionInfo)
    recording.octets(1, 0, 'client', Buffer.alloc(4096))
    expect(recording.full).toBe(true)
    const drained = new Promise<void>(resolve => {
      recording.onDrain(resolve)
    })
    letGo()
    await drained
    expect(recording.full).toBe(false)
    await recording.end(1)
    expect((await linesOf(path)).at(-1)).toContain('"end"')
  })
})

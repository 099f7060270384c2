import { writeFile } from 'node:fs/promises'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeFrame } from '../../src/protocol/frame-encoder.ts'
import { checkRecording } from '../../src/recording/check.ts'
import { Cut } from '../../src/recording/cut.ts'
import { openMerger } from '../../src/recording/merge.ts'
import type { Fault } from '../../src/recording/recording-reader.ts'
import { tee } from '../../src/wire/facts.ts'
import { Session } from '../../src/wire/session.ts'
import { chopSizes, framedTraffic } from '../support/arbitraries.ts'
import { FactList } from '../support/fact-list.ts'
import { observe, opened, push, rechop, sent, tcp, type Fact } from '../support/facts.ts'
import { header, read, record, temporary } from './support.ts'

/** Writes facts to a file. */
async function written(facts: readonly Fact[], started?: Date): Promise<string> {
  const path = await temporary()
  const recorder = await record(path, started === undefined ? {} : { started })
  for (const fact of facts) push(recorder, fact)
  await recorder.end(1000)
  return path
}

async function cut(facts: readonly Fact[], keeps: (conn: number) => boolean, from = 0, to = Infinity) {
  const path = await temporary()
  const session = new Session()
  const recorder = await record(path, { nextFrame: (conn, side) => session.nextFrame(conn, side) })
  const both = tee([session, new Cut(recorder, { keeps, from, to })])
  for (const fact of facts) push(both, fact)
  await both.end(1000)
  return (await read(path)).list
}

/** The rows of a connection, without their numbers. */
function rows(facts: readonly Fact[], conn: number): unknown[] {
  return observe(facts)
    .rows.entries.filter(entry => entry.conn === conn)
    .map(entry => ({ ...entry, seq: 0 }))
}

const frame = (text: string) => encodeFrame({ opcode: 1 }, Buffer.from(text))

describe('a cut', () => {
  it('has the rows of the connections that it keeps', async () => {
    await fc.assert(
      fc.asyncProperty(framedTraffic, framedTraffic, chopSizes, async (one, two, sizes) => {
        const other = rechop(two, sizes).map(fact => ({ ...fact, conn: 2 }))
        const both = one.flatMap((fact, i): Fact[] => [fact, ...other.slice(i, i + 1)])
        const mixed = both.map((fact, time) => ({ ...fact, time }))
        const list = await cut(mixed, conn => conn === 1)
        expect(rows(list.facts, 1)).toEqual(rows(mixed, 1))
        expect(list.facts.every(fact => fact.conn === 1)).toBe(true)
      }),
      { numRuns: 20 },
    )
  })

  it('that begins in mid-stream has the heads, a gap, and goes on at a frame', async () => {
    const [first, second, third] = ['first'.repeat(2000), 'second', 'third'].map(frame) as [
      Buffer,
      Buffer,
      Buffer,
    ]
    const facts = [
      ...opened(),
      sent('server', first, 10),
      sent('server', second.subarray(0, 3), 20),
      sent('server', Buffer.concat([second.subarray(3), third]), 30),
      tcp('server', 'fin', 40),
    ]
    const list = await cut(facts, () => true, 25, 35)
    const lines = observe(list.facts).rows.lines.join('\n')
    expect(lines).toMatch(/REQUEST[^]*REPLY[^]*"third"/)
    expect(lines).not.toMatch(/second|FIN/)
    expect(list.facts.at(-1)?.time).toBe(30)
    expect(list.marks()).toEqual([expect.objectContaining({ type: 'gap', reason: 'off' })])
    expect(list.ended).toBe(35)
  })
})

describe('a merged recording', () => {
  it('has all facts in the order of time, and connections with numbers of their own', async () => {
    const early = await written([
      ...opened(),
      sent('server', frame('one'), 50),
      sent('server', frame('three'), 250),
    ])
    const late = await written(
      [...opened(), sent('server', frame('two'), 10)],
      new Date('2026-11-22T18:00:00.100Z'),
    )
    const merger = await openMerger([late, early], { onNote: () => undefined })
    expect(merger.header).toEqual({ started: '2026-11-22T18:00:00.000Z', redacted: false })
    const list = new FactList()
    await merger.give(list, { afterFact: () => undefined, onOpenEnd: () => expect.unreachable() })
    expect(list.facts.map(({ conn, time, type }) => `${conn} ${time} ${type}`)).toEqual([
      '1 0 open',
      '1 0 octets',
      '1 0 octets',
      '1 50 octets',
      '2 100 open',
      '2 100 octets',
      '2 100 octets',
      '2 110 octets',
      '1 250 octets',
    ])
    expect(list.ended).toBe(1100)
    const alone = (await read(early)).list.facts
    expect(rows(list.facts, 1)).toEqual(rows(alone, 1))
  })

  it('is refused where one of them is none', async () => {
    const path = await temporary()
    await writeFile(path, '{"port":9000}\n')
    await expect(openMerger([await written(opened()), path], { onNote: () => undefined })).rejects.toThrow(
      'is not a recording',
    )
  })
})

describe('a check', () => {
  async function checked(content: string) {
    const path = await temporary()
    await writeFile(path, content)
    const faults: Fault[] = []
    const result = await checkRecording(
      path,
      fault => faults.push(fault),
      () => Promise.resolve(),
    )
    return {
      ...result,
      faults: faults.map(({ kind, line, offset, reason }) => `${line} @${offset} ${kind}: ${reason}`),
    }
  }
  const open =
    '{"type":"open","time":5,"conn":1,"client":"a:1","server":"b:2","url":"ws://b:2/","tls":false}\n'
  const end = '{"type":"end","time":9}\n'

  it('finds nothing in what was recorded', async () => {
    expect(await checked(header + open + '{"type":"later"}\n' + end)).toEqual({
      lines: 4,
      unknown: 1,
      faults: [],
    })
  })

  it('tells all that is wrong, with line and octet', async () => {
    const at = header.length + open.length
    const chop = (keys: string) => `{"type":"octets",${keys}}\n`
    const lines = [
      chop('"time":4,"conn":1,"from":"client","offset":0,"data":"AAAA"'),
      chop('"time":6,"conn":1,"from":"client","offset":7,"data":"AAAA"'),
      chop('"time":6,"conn":1,"from":"client","offset":"7","data":"AAAA"'),
      chop('"time":6,"conn":9,"from":"client","offset":0,"data":"AAAA"'),
      `${'['.repeat(100_000)}\n`,
      '{"type":"tcp","type":"octets","__proto__":{"time":1},"conn":1}\n',
      '{"type":"end"',
    ]
    const starts = lines.map((_, i) => at + lines.slice(0, i).join('').length)
    const { faults } = await checked(header + open + lines.join(''))
    expect(faults).toEqual([
      `3 @${starts[0]} held: "time" is 4, after 5`,
      `4 @${starts[1]} missing: 4 octets of client from 3 on are missing`,
      `5 @${starts[2]} skipped: "offset" is not a number of octets`,
      `6 @${starts[3]} skipped: connection 9 is not open`,
      `7 @${starts[4]} skipped: nested too deeply`,
      expect.stringContaining(`8 @${starts[5]} skipped: "time" is not a time`),
      `9 @${starts[6]} torn: torn line ignored`,
      expect.stringMatching(/^10 @\d+ no end: /),
    ])
  })
})

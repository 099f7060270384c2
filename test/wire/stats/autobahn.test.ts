/** Case 5.20 of the Autobahn suite: our statistics of the recording beside the suite's own report of that same run. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { readRecording } from '../../../src/recording/read.ts'
import { Session } from '../../../src/wire/session.ts'
import { Statistics, type Summary } from '../../../src/wire/stats/statistics.ts'
import type { WireLog } from '../../../src/wire/log.ts'
import type { Side } from '../../../src/protocol/side.ts'

const root = new URL('../../../', import.meta.url)

type Table = Record<string, number>

/** The suite was the client: what it transmitted the client sent. */
interface Report {
  id: string
  httpRequest: string
  httpResponse: string
  rxFrameStats: Table
  txFrameStats: Table
  rxOctetStats: Table
  txOctetStats: Table
  /** `TO` and `RO` are its writes and reads, in their order: their length stands first. */
  wirelog: [kind: string, octets: [length: number, hex: string]][]
}

const report = JSON.parse(readFileSync(new URL('test/fixtures/autobahn-5.20.json', root), 'utf8')) as Report

async function observed(): Promise<{ log: WireLog; summary: Summary }> {
  const session = new Session()
  const statistics = new Statistics()
  session.attach(statistics)
  const path = new URL('recordings/autobahn-5.20.ndjson', root).pathname
  await readRecording(path, session, { onNote: note => expect.unreachable(note) })
  return { log: session.log, summary: statistics.summary() }
}

function octetsOf(table: Table): number {
  return Object.entries(table).reduce((sum, [size, chops]) => sum + Number(size) * chops, 0)
}

/** Where in a stream chops of these lengths end. */
function ends(lengths: readonly number[]): Set<number> {
  let offset = 0
  return new Set(lengths.map(length => (offset += length)))
}

function lengthsIn(log: WireLog, from: Side): number[] {
  const rows = Array.from({ length: log.next }, (_, row) => row)
  return rows
    .filter(row => log.kind(row) === 'octets' && log.from(row) === from)
    .map(row => log.chopLength(row))
}

function lengthsOf(kind: 'TO' | 'RO'): number[] {
  return report.wirelog.filter(record => record[0] === kind).map(([, [length]]) => length)
}

describe('case 5.20 of the Autobahn suite', () => {
  it('was the same run', async () => {
    const { log } = await observed()
    const rows = Array.from({ length: log.next }, (_, row) => log.entry(row))
    const headers = rows.flatMap(entry => (entry.type === 'handshake' ? entry.headers : []))
    const keyed = headers.filter(({ name }) => /^sec-websocket-(key|accept)$/i.test(name))
    expect(keyed).toHaveLength(2)
    for (const { name, value } of keyed) {
      expect(report.httpRequest + report.httpResponse).toContain(`${name}: ${value}\r\n`)
    }
    expect(report.id).toBe('5.20')
  })

  it('has its frames by opcode exactly', async () => {
    const { client, server } = (await observed()).summary
    expect(client.frames.byOpcode).toEqual(report.txFrameStats)
    expect(server.frames.byOpcode).toEqual(report.rxFrameStats)
  })

  it('has its octets exactly, the opening handshake included', async () => {
    const { client, server } = (await observed()).summary
    expect(client.octets.total).toBe(octetsOf(report.txOctetStats))
    expect(server.octets.total).toBe(octetsOf(report.rxOctetStats))
    expect(octetsOf(client.octets.bySize)).toBe(client.octets.total)
  })

  it('has its table of octets for what the suite read; for what it wrote, with the writes that came in one read', async () => {
    const { log, summary } = await observed()
    expect(summary.server.octets.bySize).toEqual(report.rxOctetStats)
    expect(ends(lengthsIn(log, 'server'))).toEqual(ends(lengthsOf('RO')))
    const writes = ends(lengthsOf('TO'))
    const reads = [...ends(lengthsIn(log, 'client'))]
    expect(reads.filter(end => !writes.has(end))).toEqual([])
    expect(summary.client.octets.bySize).toEqual({ 8: 1, 30: 2, 45: 1, 243: 1 })
    expect(report.txOctetStats).toEqual({ 8: 1, 15: 7, 243: 1 })
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HttpExchange, type Exchange, type ExchangeHandler } from '../../src/protocol/http-exchange.ts'
import type { Side } from '../../src/protocol/side.ts'
import { brokenTraffic, chopSizes, looseTraffic } from '../support/arbitraries.ts'
import { rechop, type Fact } from '../support/facts.ts'
import { head, upgradeRequest, upgradeResponse } from '../support/heads.ts'
import { join, octets, toHex, toText } from '../support/octets.ts'

/** Keeps the octets of each side as they are told, and what was found. */
class Recorder implements ExchangeHandler {
  readonly told: Record<Side, Uint8Array[]> = { client: [], server: [] }
  readonly found: string[] = []
  readonly exchanges: Exchange[] = []

  line(from: Side, line: Uint8Array): void {
    this.told[from].push(line.slice())
  }

  body(from: Side, bytes: Uint8Array, start: number, end: number): void {
    this.found.push(`${from} body ${toText(bytes.subarray(start, end))}`)
    this.told[from].push(bytes.slice(start, end))
  }

  early(bytes: Uint8Array, start: number, end: number): void {
    this.found.push(`early ${end - start}`)
    this.told.client.push(bytes.slice(start, end))
  }

  head(from: Side): void {
    this.found.push(`${from} head`)
  }

  exchange(exchange: Exchange): void {
    this.exchanges.push(exchange)
  }

  upgraded(): void {
    this.found.push('upgraded')
  }

  opaque(from: Side, offset: number, reason: string): void {
    this.found.push(`${from} opaque from ${offset}: ${reason}`)
  }

  octets(from: Side, bytes: Uint8Array, start: number, end: number): void {
    this.told[from].push(bytes.slice(start, end))
  }
}

function feed(facts: readonly Fact[], holdEarly: boolean): { recorder: Recorder; http: HttpExchange } {
  const recorder = new Recorder()
  const http = new HttpExchange(recorder, holdEarly)
  for (const fact of facts) if (fact.type === 'octets') http.push(fact.from, fact.bytes)
  return { recorder, http }
}

describe('HttpExchange', () => {
  it('tells every octet of both sides, once and in order, so that what it is shown can be passed on', () => {
    fc.assert(
      fc.property(fc.oneof(looseTraffic, brokenTraffic), chopSizes, (facts, sizes) => {
        const { recorder, http } = feed(rechop(facts, sizes), false)
        for (const from of ['client', 'server'] as const) {
          const stream = facts.flatMap(fact =>
            fact.type === 'octets' && fact.from === from ? [fact.bytes] : [],
          )
          expect(http.offsetOf(from)).toBe(join(stream).length)
          expect(toHex(join([...recorder.told[from], http.unfinishedLine(from)]))).toBe(toHex(join(stream)))
        }
      }),
      { numRuns: 300 },
    )
  })

  it('passes early octets on at once, or holds them back until it is known what they are', () => {
    const facts: Fact[] = [
      { type: 'octets', time: 0, from: 'client', bytes: upgradeRequest() },
      { type: 'octets', time: 0, from: 'client', bytes: octets('early') },
      { type: 'octets', time: 0, from: 'server', bytes: upgradeResponse() },
    ]
    for (const holdEarly of [false, true]) {
      const { recorder, http } = feed(facts, holdEarly)
      expect(recorder.found).toEqual(['client head', 'early 5', 'server head', 'upgraded'])
      expect(toText(recorder.told.client.at(-1)!)).toBe('early')
      expect(recorder.told.client.filter(piece => toText(piece) === 'early')).toHaveLength(holdEarly ? 2 : 1)
      expect([http.stateOf('client'), http.stateOf('server')]).toEqual(['frames', 'frames'])
    }
  })

  it('counts the octets of heads and bodies of each exchange', () => {
    const { recorder, http } = feed([], true)
    const request = head('POST / HTTP/1.1', 'Content-Length: 3')
    const response = head('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked')
    http.push('client', join([request, octets('abc')]))
    http.push('server', join([response, octets('2\r\nok\r\n0\r\n\r\n')]))
    expect(recorder.exchanges).toMatchObject([
      { upgrade: false, clientOctets: request.length + 3, serverOctets: response.length + 12 },
    ])
    expect(recorder.found).toContain('server body ok')
  })

  it('tells the octets of a line that had begun when its side became opaque, before what follows', () => {
    const { recorder, http } = feed([], false)
    http.push('client', head('GET / HTTP/1.1', 'Upgrade: h2c'))
    http.push('client', octets('PRI'))
    http.push('server', head('HTTP/1.1 101 Switching Protocols'))
    expect(recorder.told.client.map(toText)).not.toContain('PRI')
    http.push('client', octets(' * HTTP/2.0'))
    expect(recorder.told.client.slice(-2).map(toText)).toEqual(['PRI', ' * HTTP/2.0'])
    expect(http.unfinishedLine('client')).toHaveLength(0)
  })

  it('gives up on the side that is not followed, and goes on with the other', () => {
    const { recorder, http } = feed([], true)
    http.push('server', octets('not a response\r\n'))
    http.push('client', head('GET / HTTP/1.1'))
    expect(recorder.found).toEqual(['server opaque from 0: not HTTP: "not a response"', 'client head'])
    expect(http.stateOf('client')).toBe('head')
  })

  it('follows a thousand requests without a response, no more', () => {
    const { recorder, http } = feed([], true)
    const request = head('GET / HTTP/1.1')
    for (let i = 0; i < 1000; i++) http.push('client', request)
    expect(http.stateOf('client')).toBe('head')
    http.push('client', request)
    expect(recorder.found.at(-1)).toBe(
      `client opaque from ${1001 * request.length}: too many requests without a response`,
    )
  })

  it('tells of exchanges that the end of the connection left unfinished', () => {
    const { recorder, http } = feed([], true)
    http.push('client', head('GET /1 HTTP/1.1'))
    http.push('client', head('GET /2 HTTP/1.1'))
    http.push('server', head('HTTP/1.1 200 OK', 'Content-Length: 9'))
    http.end('client')
    http.end('server')
    http.close()
    http.close()
    expect(
      recorder.exchanges.map(({ request, response }) => [request.startLine, response?.startLine]),
    ).toEqual([
      ['GET /1 HTTP/1.1', 'HTTP/1.1 200 OK'],
      ['GET /2 HTTP/1.1', undefined],
    ])
  })

  it('goes on after missing octets of a body, and of an upgraded connection', () => {
    const { recorder, http } = feed([], true)
    http.push('client', head('GET / HTTP/1.1'))
    http.push('server', head('HTTP/1.1 200 OK', 'Content-Length: 9'))
    http.skip('server', 8)
    http.push('server', octets('!'))
    expect(recorder.exchanges).toMatchObject([{ serverOctets: 47 }])
    http.push('client', upgradeRequest())
    http.push('server', upgradeResponse())
    http.skip('client', 5)
    expect(http.stateOf('client')).toBe('frames')
  })
})

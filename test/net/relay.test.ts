import { once } from 'node:events'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { HostEdit } from '../../src/net/host-edit.ts'
import { Relay, type Gate } from '../../src/net/relay.ts'
import type { Leg } from '../../src/net/leg.ts'
import { guard, type Facts } from '../../src/wire/facts.ts'
import { duplexPair, type PipeEnd } from '../support/duplex-pair.ts'

/** What the relay told, one short line a fact. */
class FactLog implements Facts {
  readonly lines: string[] = []
  readonly octetsFrom = { client: '', server: '' }

  open(conn: number): void {
    this.lines.push(`open ${conn}`)
  }
  octets(_conn: number, _time: number, from: 'client' | 'server', bytes: Uint8Array): void {
    this.octetsFrom[from] += Buffer.from(bytes).toString('latin1')
    this.lines.push(`${from} ${bytes.length}`)
  }
  tcp(_conn: number, _time: number, from: 'client' | 'server', state: string): void {
    this.lines.push(`${from} ${state}`)
  }
  mark(
    _conn: number,
    _time: number,
    from: 'client' | 'server',
    mark: { type: string; offset: number },
  ): void {
    this.lines.push(`${from} ${mark.type} @${mark.offset}`)
  }
  async end(): Promise<void> {
    // Nothing to put away.
  }
}

interface Rig {
  client: PipeEnd
  server: PipeEnd
  facts: FactLog
  relay: Relay
  closed: Promise<void>
  /** The relay's own ends. */
  legs: { client: PipeEnd; server: PipeEnd }
}

const open: Relay[] = []
afterEach(() => {
  for (const relay of open.splice(0)) relay.cut()
})

function rig(options: { edit?: HostEdit; gate?: Gate; facts?: Facts; linger?: number } = {}): Rig {
  const [client, clientLeg] = duplexPair()
  const [server, serverLeg] = duplexPair()
  client.on('error', () => undefined)
  server.on('error', () => undefined)
  const facts = new FactLog()
  const legOf = (socket: PipeEnd): Leg => ({
    socket,
    reset() {
      socket.reset()
    },
    read(take) {
      socket.on('data', take)
    },
    secured: true,
    notified: true,
    probe(done) {
      done()
    },
  })
  let done: () => void
  const closed = new Promise<void>(resolve => (done = resolve))
  const relay = new Relay(1, legOf(clientLeg), legOf(serverLeg), options.edit ?? null, {
    facts: options.facts ?? facts,
    now: () => 0,
    gate: options.gate ?? null,
    linger: options.linger ?? 60_000,
    onError: () => undefined,
    onClose: () => {
      done()
    },
  })
  open.push(relay)
  return { client, server, facts, relay, closed, legs: { client: clientLeg, server: serverLeg } }
}

async function read(end: PipeEnd): Promise<string> {
  const [chunk] = (await once(end, 'data')) as [Buffer]
  return chunk.toString('latin1')
}

describe('Relay', () => {
  it('writes what it read, octet for octet, in both directions', async () => {
    const { client, server, facts } = rig()
    const all = Buffer.from(Array.from({ length: 256 }, (_, i) => i))
    client.write(all)
    expect(await read(server)).toBe(all.toString('latin1'))
    server.write(Buffer.from('back'))
    expect(await read(client)).toBe('back')
    expect(facts.lines).toEqual(['client 256', 'server 4'])
  })

  it('passes FIN as FIN and keeps the other direction open', async () => {
    const { client, server, facts, closed } = rig()
    server.resume()
    client.end('last words')
    await once(server, 'end')
    server.end('still heard')
    expect(await read(client)).toBe('still heard')
    client.resume()
    await closed
    expect(facts.lines).toEqual(['client 10', 'client fin', 'server 11', 'server fin'])
  })

  it.each(['client', 'server'] as const)('passes a RST of the %s on as RST', async side => {
    const ends = rig()
    const other = side === 'client' ? 'server' : 'client'
    const failed = once(ends[other], 'error') as Promise<[NodeJS.ErrnoException]>
    ends[side].reset()
    expect((await failed)[0].code).toBe('ECONNRESET')
    await ends.closed
    expect(ends.facts.lines).toEqual([`${side} reset`, `${other} closed`])
    expect(ends.legs[other].wasReset).toBe(true)
  })

  it('delivers what a server sent before writing to it failed', async () => {
    const { client, server, legs, facts, closed } = rig()
    client.write('flood')
    expect(await read(server)).toBe('flood')
    // The server has gone: the next write to it fails, while its Close still waits to be read.
    legs.server.failWritesWith = 'EPIPE'
    server.push(null)
    client.write('more')
    await new Promise(setImmediate)
    server.end('the Close frame')
    expect(await read(client)).toBe('the Close frame')
    await closed
    expect(facts.octetsFrom.server).toBe('the Close frame')
    // An end after a failed write was a reset, and is passed on as one.
    expect(facts.lines.slice(-2)).toEqual(['server reset', 'client closed'])
    expect(legs.client.wasReset).toBe(true)
  })

  it('delivers what a client sent before its FIN also when it is found to take no more', async () => {
    const { client, server, legs, facts } = rig()
    const failed = once(server, 'error') as Promise<[NodeJS.ErrnoException]>
    // More than the server holds, which does not read yet; the last is still to be written.
    const sent = [
      Buffer.alloc(server.readableHighWaterMark - 1, 'x'),
      Buffer.from('and more'),
      Buffer.from('!'),
    ]
    for (const octets of sent) client.write(octets)
    client.end()
    await vi.waitFor(() => {
      expect(facts.lines).toContain('client fin')
    })
    expect(legs.server.writableLength).toBeGreaterThan(0)
    legs.client.failWritesWith = 'EPIPE'
    server.write('too late')
    await vi.waitFor(() => {
      expect(facts.lines).toContain('client reset')
    })
    const received: Buffer[] = []
    server.on('data', (chunk: Buffer) => received.push(chunk))
    expect((await failed)[0].code).toBe('ECONNRESET')
    expect(Buffer.concat(received)).toEqual(Buffer.concat(sent))
  })

  it('stops reading from a side whose peer does not read', async () => {
    const { client, server, facts } = rig()
    let written = 0
    while (client.write(Buffer.alloc(65_536)) && written < 1000) written++
    for (let i = 0; i < 100; i++) await new Promise(setImmediate)
    const held = facts.octetsFrom.client.length
    expect(held).toBeLessThanOrEqual(256 * 1024)
    server.resume()
    client.end()
    await once(server, 'end')
    expect(facts.octetsFrom.client.length).toBeGreaterThan(0)
  })

  it('goes on forwarding when a consumer of facts throws', async () => {
    const faults: unknown[] = []
    const broken: Facts = {
      open: () => undefined,
      octets() {
        throw new Error('decoder bug')
      },
      tcp: () => undefined,
      mark: () => undefined,
      end: () => Promise.resolve(),
    }
    const { client, server } = rig({ facts: guard(broken, error => faults.push(error)) })
    client.write('one')
    expect(await read(server)).toBe('one')
    client.write('two')
    expect(await read(server)).toBe('two')
    expect(faults).toHaveLength(1)
  })

  it('stops reading while the gate is full and goes on when it drains', async () => {
    let resume = (): void => undefined
    const gate = { full: true, onDrain: (callback: () => void) => (resume = callback) }
    const { client, server, facts } = rig({ gate })
    client.write('first')
    expect(await read(server)).toBe('first')
    client.write('second')
    for (let i = 0; i < 10; i++) await new Promise(setImmediate)
    expect(facts.lines).toEqual(['client 5'])
    gate.full = false
    resume()
    expect(await read(server)).toBe('second')
  })
})

describe('HostEdit', () => {
  const head = 'GET / HTTP/1.1\r\nhOST: proxy:9000\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n\r\n'
  const edited = head.replace('proxy:9000', 'server:80')

  it('writes the Host of the target wherever the head is cut, and records what was received', async () => {
    for (let at = 1; at < head.length; at++) {
      const { client, server, facts } = rig({
        edit: new HostEdit([{ name: 'Host', value: 'server:80', add: false }]),
      })
      let received = ''
      server.on('data', (chunk: Buffer) => (received += chunk.toString('latin1')))
      client.write(head.slice(0, at))
      await new Promise(setImmediate)
      client.end(head.slice(at))
      await once(server, 'end')
      expect(received).toBe(edited)
      expect(facts.octetsFrom.client).toBe(head)
      expect(facts.lines).toContain('client edit @16')
    }
  })

  it('adds a header that the request did not have, once, before the empty line', async () => {
    const { client, server, facts } = rig({
      edit: new HostEdit([{ name: 'X-Trace', value: '1', add: true }]),
    })
    client.write(head)
    expect(await read(server)).toBe(head.replace('\r\n\r\n', '\r\nX-Trace: 1\r\n\r\n'))
    expect(facts.lines).toEqual([`client ${head.length}`, `client edit @${head.length - 2}`])
  })

  it('leaves frames and the second Host of a head alone', async () => {
    const { client, server } = rig({ edit: new HostEdit([{ name: 'Host', value: 'b', add: false }]) })
    client.write('GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\nUpgrade: websocket\r\n\r\n')
    expect(await read(server)).toBe('GET / HTTP/1.1\r\nHost: b\r\nHost: a\r\nUpgrade: websocket\r\n\r\n')
    server.write('HTTP/1.1 101 Switching Protocols\r\n\r\n')
    await read(client)
    const frame = 'Host: a\r\n'
    client.write(frame)
    expect(await read(server)).toBe(frame)
  })

  it('writes a held line when the client ends inside it', async () => {
    const { client, server } = rig({ edit: new HostEdit([{ name: 'Host', value: 'b', add: false }]) })
    client.end('GET / HT')
    expect(await read(server)).toBe('GET / HT')
  })
})

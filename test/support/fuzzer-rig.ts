/** A case played without a socket or a clock: the peer is a function, and time passes when the test says so. */
import { allCases, extendedCases } from '../../src/conformance/catalogue.ts'
import type { CaseReport } from '../../src/conformance/case-report.ts'
import { defaultPatience, type Clock, type Transport } from '../../src/conformance/surroundings.ts'
import { ClientRun, ServerRun, type RunOptions } from '../../src/conformance/run.ts'
import { FrameDecoder } from '../../src/protocol/frame-decoder.ts'
import { encodeFrame } from '../../src/protocol/frame-encoder.ts'
import type { FrameFields } from '../../src/protocol/frame.ts'
import { acceptFor } from '../../src/protocol/handshake.ts'
import { HeadReader } from '../../src/protocol/http-head.ts'
import { applyMask } from '../../src/protocol/mask.ts'
import type { Facts } from '../../src/wire/facts.ts'
import { connectionInfo } from './facts.ts'

/** A frame that the fuzzer sent, its payload in plain. */
export interface Sent {
  opcode: number
  fin: boolean
  rsv: number
  payload: Buffer
}

/** What a peer does with each frame. */
export type React = (frame: Sent, peer: Peer) => void

/** The hand of the peer. */
export interface Peer {
  send: (fields: FrameFields, payload?: Uint8Array | string) => void
  octets: (bytes: Uint8Array) => void
  /** Ends TCP. */
  end: () => void
}

/** Echoes, answers pings and Close, and ends TCP after it. */
export const echo: React = ({ opcode, payload }, peer) => {
  if (opcode === 9) peer.send({ opcode: 10 }, payload)
  else if (opcode === 8) {
    peer.send({ opcode: 8 }, payload)
    peer.end()
  } else if (opcode < 3) peer.send({ opcode }, payload)
}

/** Does nothing. */
export const silent: React = () => undefined

/** Ends TCP at the first frame. */
export const drops: React = (_frame, peer) => {
  peer.end()
}

/** The payload of a Close. */
export const code = (n: number) => Buffer.from([n >> 8, n & 255])

/** Fails with a code on everything. */
export const failing =
  (n: number): React =>
  (_frame, peer) => {
    peer.send({ opcode: 8 }, code(n))
    peer.end()
  }

/** The report on a peer after a time in which every case is over. */
export function reportOn(id: string, react: React, options: PlayOptions = {}): CaseReport {
  const played = play(id, react, options)
  played.pass(2_000_000)
  return played.report()
}

class VirtualClock implements Clock {
  #now = 0
  #timers: { at: number; call: () => void }[] = []
  #soon: (() => void)[] = []

  now(): number {
    return this.#now
  }

  after(ms: number, call: () => void): () => void {
    const timer = { at: this.#now + ms, call }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter(other => other !== timer)
    }
  }

  soon(call: () => void): void {
    this.#soon.push(call)
  }

  /** Lets all happen that needs no time. */
  settle(): void {
    for (let call = this.#soon.shift(); call !== undefined; call = this.#soon.shift()) call()
  }

  /** Lets `ms` pass. */
  pass(ms: number): void {
    const end = this.#now + ms
    this.settle()
    for (;;) {
      const [next] = this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)
      if (next === undefined) break
      this.#timers = this.#timers.filter(other => other !== next)
      this.#now = next.at
      next.call()
      this.settle()
    }
    this.#now = end
  }
}

export interface PlayOptions {
  role?: 'client' | 'server'
  /** Header lines of the peer's head beside those that must be. */
  extras?: readonly string[]
  /** The whole head of the peer instead. */
  head?: string
  facts?: Facts
  most?: number
  /** The peer does not end TCP when the fuzzer has ended its direction. */
  staysOpen?: boolean
  /** Frames before the first of the fuzzer. */
  greeting?: (peer: Peer) => void
}

export interface Play {
  report: () => CaseReport
  /** Frames that the fuzzer sent. */
  sent: readonly Sent[]
  /** Lengths of its writes, after the head. */
  writes: readonly number[]
  pass: (ms: number) => void
  /** How the fuzzer ended TCP. */
  ended: () => 'finish' | 'end' | 'abort' | null
}

/** Plays case `id` against a peer. */
export function play(id: string, react: React, options: PlayOptions = {}): Play {
  const { role = 'client', extras = [], most = Infinity } = options
  const of = [...allCases, ...extendedCases].find(one => one.id === id)
  if (of === undefined) throw new Error(`no case ${id}`)
  const clock = new VirtualClock()
  const sent: Sent[] = []
  const writes: number[] = []
  let ended: 'finish' | 'end' | 'abort' | null = null
  let report: CaseReport | null = null
  let head: HeadReader | null = role === 'client' ? new HeadReader() : null
  let ownHead: HeadReader | null = role === 'server' ? new HeadReader() : null
  let parts: Buffer[] = []

  const peer: Peer = {
    send: (fields, payload = '') => {
      const key = role === 'client' ? null : 0x0102_0304
      peer.octets(encodeFrame({ key, ...fields }, Buffer.from(payload)))
    },
    octets: bytes => {
      clock.soon(() => {
        if (report === null) run.receive(bytes)
      })
    },
    end: () => {
      clock.soon(() => {
        run.lost('fin')
      })
    },
  }
  const decoder = new FrameDecoder({
    header: () => {
      parts = []
    },
    payload: (bytes, start, end, position) => {
      const piece = Buffer.from(bytes.subarray(start, end))
      applyMask(piece, 0, piece.length, decoder.header.key, position)
      parts.push(piece)
    },
    end: ({ opcode, fin, rsv }) => {
      const frame = { opcode, fin, rsv, payload: Buffer.concat(parts) }
      sent.push(frame)
      react(frame, peer)
    },
  })
  const answer = (key: string) => {
    const lines = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade']
    return [...lines, `Sec-WebSocket-Accept: ${acceptFor(key)}`, ...extras, '\r\n'].join('\r\n')
  }
  const transport: Transport = {
    write(octets) {
      if (head !== null) {
        const read = head.push(octets)
        if (read === null) return
        head = null
        const key = read.head.headers.find(({ name }) => name === 'Sec-WebSocket-Key')?.value ?? ''
        peer.octets(Buffer.from(options.head ?? answer(key)))
        options.greeting?.(peer)
      } else if (ownHead !== null) {
        if (ownHead.push(octets) !== null) ownHead = null
      } else {
        writes.push(octets.length)
        decoder.push(octets)
      }
    },
    finish() {
      ended = 'finish'
      if (!options.staysOpen) peer.end()
    },
    end() {
      ended = 'end'
      clock.soon(() => {
        run.lost(null)
      })
    },
    abort() {
      ended = 'abort'
      clock.soon(() => {
        run.lost(null)
      })
    },
  }
  const common: RunOptions = {
    case: of,
    position: 1,
    agent: 'peer',
    clock,
    started: '2026-01-01T00:00:00.000Z',
    patience: { ...defaultPatience, most },
    nextKey: () => 0x1234_5678,
    facts: options.facts ?? null,
    conn: 1,
    info: connectionInfo,
    done: done => {
      report = done
    },
  }
  const run = role === 'client' ? clientRun(common, transport) : serverRun(common, transport, extras)
  run.start()
  clock.settle()
  return {
    report() {
      if (report === null) throw new Error('the case goes on')
      return report
    },
    sent,
    writes,
    pass: ms => {
      clock.pass(ms)
    },
    ended: () => ended,
  }
}

interface Started {
  start: () => void
  receive: (bytes: Uint8Array) => void
  lost: (state: string | null) => void
}

function clientRun(common: RunOptions, transport: Transport): Started {
  const extras = { userAgent: 'test', origin: null, protocols: [], headers: [] }
  const key = 'dGhlIHNhbXBsZSBub25jZQ=='
  const run = new ClientRun({ ...common, path: '/', host: 'localhost:80', key, extras }, transport)
  return started(run, () => {
    run.connected()
  })
}

function serverRun(common: RunOptions, transport: Transport, extras: readonly string[]): Started {
  const request = [
    'GET /runCase?case=1 HTTP/1.1',
    'Host: localhost',
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Version: 13',
    ...extras,
    '\r\n',
  ].join('\r\n')
  const octets = Buffer.from(request)
  const read = new HeadReader().push(octets)
  if (read === null) throw new Error('no head')
  const run = new ServerRun(common, transport, { head: read.head, octets, next: read.next, server: 'test' })
  return started(run, () => {
    run.begin()
  })
}

function started(run: ClientRun | ServerRun, start: () => void): Started {
  return {
    start,
    receive: bytes => {
      run.receive(bytes)
    },
    lost: state => {
      run.lost(state)
    },
  }
}

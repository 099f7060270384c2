/** A case on a connection, from its first octet to its report: the heads, the fuzzer, and the facts of the wire. */
import { HeadReader, headLimit, valuesOf, type Head } from '../protocol/http-head.ts'
import { peerOf, type Side } from '../protocol/side.ts'
import type { ConnectionInfo, Facts, TcpState } from '../wire/facts.ts'
import type { CaseEvent, CaseReport } from './case-report.ts'
import { octetsOf, type CaseFact, type ConformCase } from './case.ts'
import { Fuzzer } from './fuzzer.ts'
import type { Clock, Patience, Transport } from './surroundings.ts'
import { shownLimit, shownText } from './notes.ts'
import {
  acceptRequest,
  changedHead,
  judgeResponse,
  offersOf,
  requestText,
  withOffer,
  type RequestExtras,
} from './opening.ts'

/** Who is told of a case that runs. */
export interface CaseSink {
  /** Gets what is on the wire; null: nobody does. */
  facts: Facts | null
  /** TCP is over, and this came of it. */
  report: (report: CaseReport) => void
}

/** What a run of a case needs to know. */
export interface RunOptions {
  case: ConformCase
  /** Its position in the list, from 1. */
  position: number
  /** The name of the peer; null: what its Server header says. */
  agent: string | null
  clock: Clock
  /** The time of day, ISO 8601. */
  started: string
  patience: Patience
  /** A fresh masking key for each frame of a client. */
  nextKey: () => number
  /** Gets what is on the wire. `conn` is this connection's number. */
  facts: Facts | null
  conn: number
  info: ConnectionInfo
  /** TCP is over. `opened`: the opening handshake was completed. */
  done: (report: CaseReport, opened: boolean) => void
}

/** What the client's role needs beside. */
export interface ClientOptions extends RunOptions {
  path: string
  host: string
  /** 16 octets in base64. */
  key: string
  extras: RequestExtras
}

/** The agent's name where nothing tells one. */
export const unknownAgent = 'UnknownServer'

abstract class CaseRun {
  protected readonly fuzzer: Fuzzer
  readonly #options: RunOptions
  readonly #role: Side
  protected agent: string | null
  protected request = '?'
  protected response = '?'
  #ended = false
  #endedHere = false

  constructor(role: Side, options: RunOptions, transport: Transport) {
    this.#options = options
    this.#role = role
    this.agent = options.agent
    const { clock, facts, conn } = options
    facts?.open(conn, clock.now(), options.info)
    this.fuzzer = new Fuzzer({
      ...options,
      role,
      transport: {
        write: octets => {
          facts?.octets(conn, clock.now(), role, octets)
          transport.write(octets)
        },
        finish: () => {
          this.#tcp(role, 'fin')
          transport.finish()
        },
        end: () => {
          this.#tcp(role, 'fin')
          this.#endedHere = true
          transport.end()
        },
        abort: () => {
          this.#tcp(role, 'reset')
          this.#endedHere = true
          transport.abort()
        },
      },
    })
  }

  /** Octets of the peer: one read, valid during the call. */
  receive(octets: Uint8Array): void {
    const { facts, conn, clock } = this.#options
    facts?.octets(conn, clock.now(), peerOf(this.#role), octets)
    this.fuzzer.readOctets(octets)
    this.take(octets)
  }

  /** What a read means. */
  protected abstract take(octets: Uint8Array): void

  /** TCP is over; `state` as in the facts, null where the fuzzer ended it and the peer's end was not seen. */
  lost(state: TcpState | null): void {
    if (this.#ended) return
    this.#ended = true
    this.#tcp(peerOf(this.#role), state ?? 'closed')
    // The transport ends what the peer has ended.
    if (!this.#endedHere) this.#tcp(this.#role, state === 'fin' ? 'fin' : 'closed')
    this.fuzzer.lost()
    this.#options.done(this.#report(), this.fuzzer.opened)
  }

  #tcp(from: Side, state: TcpState): void {
    const { facts, conn, clock } = this.#options
    facts?.tcp(conn, clock.now(), from, state)
  }

  #report(): CaseReport {
    const { fuzzer } = this
    const { case: of, position, started } = this.#options
    const verdict = fuzzer.verdict()
    const { ending, notes } = fuzzer
    const isCompressed = of.exchange?.deflate != null
    return {
      agent: this.agent ?? unknownAgent,
      id: of.id,
      case: position,
      description: of.description,
      expectation: of.expectation,
      started,
      duration: Math.round(fuzzer.duration),
      reportTime: of.exchange !== null,
      reportCompressionRatio: isCompressed,
      ...verdict,
      expected: Object.fromEntries(Object.entries(of.expected).map(([k, facts]) => [k, facts.map(eventOf)])),
      received: fuzzer.seen.map(eventOf),
      expectedClose: fuzzer.opened || isCompressed ? closeOf(of) : {},
      isServer: this.#role === 'server',
      ...ending,
      httpRequest: this.request,
      httpResponse: this.response,
      createWirelog: notes.on,
      createStats: true,
      wirelog: notes.records,
      rxOctetStats: notes.rxOctets.record,
      txOctetStats: notes.txOctets.record,
      rxFrameStats: notes.rxFrames.record,
      txFrameStats: notes.txFrames.record,
      trafficStats: isCompressed && verdict.behavior === 'OK' ? fuzzer.traffic.record : null,
    }
  }
}

/** The fuzzer as a client. */
export class ClientRun extends CaseRun {
  readonly #client: ClientOptions
  readonly #reader = new HeadReader()
  #head = ''

  constructor(options: ClientOptions, transport: Transport) {
    super('client', options, transport)
    this.#client = options
  }

  /** TCP is up. */
  connected(): void {
    const { path, host, key, extras } = this.#client
    const { exchange, opening = {}, deflate } = this.#client.case
    const ordinary = requestText(path, host, key, exchange?.deflate ?? null, extras)
    const planned = deflate === undefined ? ordinary : withOffer(ordinary, deflate)
    this.request = changedHead(planned, opening, path)
    this.fuzzer.writeHead(this.request, () => {
      this.fuzzer.awaitHandshake()
    })
  }

  protected take(octets: Uint8Array): void {
    if (this.fuzzer.opened) {
      this.fuzzer.frames(octets)
      return
    }
    const read = this.#reader.push(octets)
    this.#head += Buffer.from(read === null ? octets : octets.subarray(0, read.next)).toString('latin1')
    if (this.#reader.length > headLimit)
      this.fuzzer.failHandshake('faulty', 'the head of the response is too long')
    else if (read !== null) this.#open(read.head, octets, read.next)
  }

  #open(head: Head, octets: Uint8Array, next: number): void {
    this.response = this.#head
    this.agent ??= valuesOf(head, 'Server')[0] ?? null
    const opened = judgeResponse(head, this.#client.key, offersOf(this.request))
    if (opened.fault !== null) {
      this.fuzzer.failHandshake(opened.outcome, opened.fault)
      return
    }
    this.fuzzer.open(opened.deflate)
    this.fuzzer.frames(octets, next)
  }
}

/** A request that was read and found good: `octets` hold it, up to `next`, and what came behind it. */
export interface ReadRequest {
  head: Head
  octets: Uint8Array
  next: number
  /** What the fuzzing server calls itself. */
  server: string
}

/** The fuzzer as a server, from a good request on. */
export class ServerRun extends CaseRun {
  readonly #read: ReadRequest
  readonly #case: ConformCase

  constructor(options: RunOptions, transport: Transport, read: ReadRequest) {
    super('server', options, transport)
    this.#case = options.case
    this.#read = read
  }

  /** Answers the request and begins. */
  begin(): void {
    const { head, octets, next, server } = this.#read
    this.receive(octets)
    this.request = Buffer.from(octets.subarray(0, next)).toString('latin1')
    const { exchange, opening = {}, deflate: plan = null } = this.#case
    const { text, deflate } = acceptRequest(head, server, exchange?.deflate ?? null, plan)
    this.response = changedHead(text, opening)
    this.fuzzer.writeHead(this.response, () => {
      this.fuzzer.open(deflate)
      this.fuzzer.frames(octets, next)
    })
  }

  protected take(octets: Uint8Array): void {
    if (this.fuzzer.opened) this.fuzzer.frames(octets)
  }
}

function closeOf({ close }: ConformCase): CaseReport['expectedClose'] {
  const { wrongEndpointIsFatal, ...rest } = close
  return wrongEndpointIsFatal ? { ...rest, closedByWrongEndpointIsFatal: true } : rest
}

/** An event as the reports show it. */
function eventOf(fact: CaseFact): CaseEvent {
  if (fact.event === 'timeout') return ['timeout', fact.tag]
  const { unit, length } = fact.payload
  const start = unit.length >= shownLimit ? unit : octetsOf({ unit, length: Math.min(length, shownLimit) })
  const text = shownText(start, length)
  return fact.event === 'pong' ? ['pong', text] : ['message', text, fact.binary]
}

/** What a `WireDecoder` finds, as whole messages: for tests that compare with what was sent. */
import type { Exchange } from '../../src/protocol/http-exchange.ts'
import type { Close, InflateStatus, Message, MessageSink } from '../../src/protocol/message.ts'
import type { FrameHeader } from '../../src/protocol/frame.ts'
import { applyMask } from '../../src/protocol/mask.ts'
import { opcodeName } from '../../src/protocol/opcode.ts'
import type { InflateLimit } from '../../src/protocol/inflater.ts'
import type { RuleId } from '../../src/protocol/rules.ts'
import { peerOf, type Side } from '../../src/protocol/side.ts'
import { WireDecoder, type WireSink } from '../../src/protocol/wire-decoder.ts'
import { handshake } from './heads.ts'
import { chop, join, toText } from './octets.ts'

/** A message or a control frame. */
export interface Received {
  kind: string
  octets: Uint8Array
  frames: number
  inflate: InflateStatus | null
  close: Close | null
}

class FrameCollector implements MessageSink {
  readonly received: Received[] = []
  readonly violation: MessageSink['violation']
  #control: Uint8Array[] = []
  #data: Uint8Array[] = []
  #header: Readonly<FrameHeader> | null = null

  constructor(violation: MessageSink['violation']) {
    this.violation = violation
  }

  header(h: Readonly<FrameHeader>): void {
    this.#header = h
    if (h.opcode >= 8) this.#control = []
    else if (h.opcode > 0) this.#data = []
  }

  payload(bytes: Uint8Array, start: number, end: number, position: number): void {
    const piece = bytes.slice(start, end)
    applyMask(piece, 0, piece.length, this.#header?.key ?? 0, position)
    if ((this.#header?.opcode ?? 0) >= 8) this.#control.push(piece)
    else this.#data.push(piece)
  }

  frame(h: Readonly<FrameHeader>, _received: number, message: Message | null, close: Close | null): void {
    if (h.opcode >= 8) {
      const octets = join(this.#control)
      this.received.push({ kind: opcodeName(h.opcode), octets, frames: 1, inflate: null, close })
    } else if (message !== null) {
      const { frames, inflate, inflated } = message
      const octets = inflated === null ? join(this.#data) : Uint8Array.from(inflated)
      this.received.push({ kind: opcodeName(message.opcode), octets, frames, inflate, close: null })
    }
  }
}

/** Decodes one side of a connection that is open from the start. */
export class MessageCollector implements WireSink {
  readonly violations: { from: Side; rule: RuleId; offset: number; detail: string }[] = []
  readonly decoder: WireDecoder
  readonly #from: Side
  readonly #frames: Record<Side, FrameCollector>

  constructor(from: Side, extensions = '', limit?: InflateLimit) {
    const report = (of: Side) => (rule: RuleId, offset: number, detail: string) => {
      this.violations.push({ from: of, rule, offset, detail })
    }
    this.#from = from
    this.#frames = {
      client: new FrameCollector(report('client')),
      server: new FrameCollector(report('server')),
    }
    this.decoder = new WireDecoder(this, limit)
    const { request, response } = handshake(extensions)
    this.decoder.push('client', request)
    this.decoder.push('server', response)
  }

  get received(): readonly Received[] {
    return this.#frames[this.#from].received
  }

  /** Kind and text of what was received. */
  get texts(): string[] {
    return this.received.map(({ kind, octets }) => `${kind} ${toText(octets)}`)
  }

  push(bytes: Uint8Array, sizes: readonly number[] = []): this {
    for (const piece of chop(bytes, sizes)) this.decoder.push(this.#from, piece)
    return this
  }

  violation(from: Side, rule: RuleId, offset: number, detail: string): void {
    this.violations.push({ from, rule, offset, detail })
  }

  frames(from: Side): MessageSink {
    return this.#frames[from]
  }

  handshake(): void {
    // The opening handshake is not what these tests are about.
  }

  http(exchange: Exchange): void {
    throw new Error(`unexpected: ${exchange.request.startLine}`)
  }

  opaque(from: Side, offset: number, reason: string): void {
    throw new Error(`${from} is opaque from ${offset}: ${reason}, ${peerOf(from)} is not`)
  }
}

/** Gathers the frames of one side to whole messages, and keeps a copy of what they carry. */
import { HeldOctets } from '../protocol/http-head.ts'
import type { FrameHeader } from '../protocol/frame.ts'
import {
  manyFragments,
  type Close,
  type Message,
  type MessageReader,
  type MessageSink,
} from '../protocol/message.ts'
import { Opcode, isControl, opcodeName } from '../protocol/opcode.ts'
import { Copies } from './copies.ts'
import type { Saying } from './said.ts'

export class MessageGatherer implements MessageSink {
  readonly #limit: number
  readonly #keeps: boolean
  readonly #reader: () => MessageReader | null
  readonly #say: (offset: number, saying: Saying) => void
  /** Opcode of the message that is open, 0 without one, and where it began. */
  #opcode = 0
  #offset = 0
  /** Payload lengths of its frames, and their sum. */
  #frames: number[] = []
  #octets = 0
  /** Its payload on the wire, unmasked; no more is kept once it is over the limit. */
  readonly #held = new HeldOctets()
  readonly #copies = new Copies()

  /** A message longer than `limit` octets is told without its payload, and all are unless it `keeps` that. */
  constructor(
    limit: number,
    keeps: boolean,
    reader: () => MessageReader | null,
    say: (offset: number, saying: Saying) => void,
  ) {
    this.#limit = limit
    this.#keeps = keeps
    this.#reader = reader
    this.#say = say
  }

  /** Octets are missing: what was open cannot be completed. */
  forget(): void {
    this.#opcode = 0
    this.#frames = []
    this.#octets = 0
    this.#held.release()
  }

  header(h: Readonly<FrameHeader>): void {
    if (h.opcode !== Opcode.text && h.opcode !== Opcode.binary) return
    if (this.#opcode !== 0)
      this.#unread(this.#offset, this.#octets, `${opcodeName(this.#opcode)} message cut off`)
    this.forget()
    this.#opcode = h.opcode
    this.#offset = h.offset
  }

  payload(bytes: Uint8Array, start: number, end: number, position: number): void {
    if (!this.#keeps) return
    const h = this.#reader()?.frameHeader
    if (h === undefined || this.#opcode === 0 || h.opcode > Opcode.binary) return
    if (this.#held.length + end - start > this.#limit) return
    this.#held.append(this.#copies.unmasked(bytes, start, end, h.key, position))
  }

  whole(h: Readonly<FrameHeader>, bytes: Uint8Array, start: number, end: number): void {
    const length = end - start
    this.#say(h.offset, {
      type: 'message',
      kind: kindOf(h.opcode),
      octets:
        this.#keeps && length <= this.#limit ? this.#copies.unmasked(bytes, start, end, h.key, 0) : null,
      length,
      wireLength: length,
      frames: [length],
      compressed: false,
    })
  }

  frame(h: Readonly<FrameHeader>, received: number, message: Message | null, close: Close | null): void {
    // Cut short by the end of the stream: that tells it as unfinished.
    if (received !== h.payloadLength) return
    if (isControl(h.opcode)) this.#control(h, close)
    else if (h.opcode > Opcode.binary || this.#opcode === 0)
      this.#unread(h.offset, h.payloadLength, `${opcodeName(h.opcode)} frame outside of a message`)
    else {
      if (this.#frames.length < manyFragments) this.#frames.push(h.payloadLength)
      this.#octets += h.payloadLength
      if (message !== null) this.#message(message)
    }
  }

  violation(): void {
    // What was said is told, whatever it breaks.
  }

  #control(h: Readonly<FrameHeader>, close: Close | null): void {
    if (close !== null) this.#say(h.offset, { type: 'close', ...close })
    else if (h.opcode === Opcode.ping || h.opcode === Opcode.pong) {
      const octets = new Uint8Array(this.#reader()?.control ?? [])
      this.#say(h.offset, { type: h.opcode === Opcode.ping ? 'ping' : 'pong', octets })
    } else this.#unread(h.offset, h.payloadLength, `${opcodeName(h.opcode)} frame`)
  }

  #message({ opcode, inflate, inflated, length, wireLength }: Message): void {
    const plain =
      this.#keeps && this.#held.length === wireLength ? new Uint8Array(this.#held.release()) : null
    const octets =
      inflate === null ? plain : inflated === null || !this.#keeps ? null : new Uint8Array(inflated)
    const kind = kindOf(opcode)
    const frames = this.#frames
    this.#say(this.#offset, {
      type: 'message',
      kind,
      octets,
      length,
      wireLength,
      frames,
      compressed: inflate !== null,
    })
    this.forget()
  }

  #unread(offset: number, octets: number, reason: string): void {
    this.#say(offset, { type: 'unread', octets, missing: false, reason })
  }
}

function kindOf(opcode: number): 'text' | 'binary' {
  return opcode === Opcode.text ? 'text' : 'binary'
}

/**
 * A well-behaved client or server after the opening handshake: it validates what comes, answers pings, completes the
 * closing handshake and fails the connection as RFC 6455 §7.1.7 wants it. Octets in, octets out; what to do with messages
 * is the application's.
 */
import { rsv1, writeHeader, type FrameHeader } from './frame.ts'
import { applyMask } from './mask.ts'
import { MessageReader, type Close, type Message } from './message.ts'
import { Opcode, isControl } from './opcode.ts'
import { Deflater, type DeflateAgreement } from './permessage-deflate.ts'
import { ruleOf, type RuleId } from './rules.ts'
import { peerOf, type Side } from './side.ts'

/** Where an endpoint's octets go. */
export interface Output {
  /** Takes octets over: they are not touched again by the endpoint. */
  write(bytes: Uint8Array): void
  /** Nothing more will be written: end the stream in order (FIN), never with a reset. */
  end(): void
}

/** What is done with the messages of the peer. Octets are unmasked, valid text so far, and valid during the call. */
export interface Application {
  /** Payload octets of an uncompressed data frame. */
  data(h: Readonly<FrameHeader>, opcode: number, bytes: Uint8Array, start: number, end: number): void
  /** A frame of an uncompressed message is over; `last`: with it the message. */
  frameEnd(h: Readonly<FrameHeader>, opcode: number, last: boolean): void
  /** A compressed message, inflated. */
  message(opcode: number, octets: Uint8Array): void
}

export interface EndpointOptions {
  role: Side
  deflate: DeflateAgreement | null
  /** Longest message accepted, in octets, inclusive; a longer one is answered with 1009. */
  messageLimit: number
  /** A fresh masking key for each frame of a client. */
  nextKey: () => number
}

/** Payloads shorter than this are copied behind each other and written at once; longer ones go out as they lie. */
const copyLimit = 16 * 1024
const longestHeader = 14

/** Octets of reason beside the 2 of the code (RFC 6455 §5.5). */
const reasonLimit = 123

/** Octets laid end to end until they are flushed. */
class Batch {
  octets: Uint8Array = new Uint8Array(0)
  length = 0
  readonly #output: Output

  constructor(output: Output) {
    this.#output = output
  }

  /** Makes room for `size` octets; returns where to write them. New storage has `hint` octets at least. */
  room(size: number, hint: number): number {
    if (this.length + size > this.octets.length) {
      this.flush()
      this.octets = Buffer.allocUnsafe(Math.max(size, hint))
    }
    return this.length
  }

  /** Writes what is gathered. Its octets belong to the output from then on. */
  flush(): void {
    if (this.length > 0) this.#output.write(this.octets.subarray(0, this.length))
    this.octets = this.octets.subarray(this.length)
    this.length = 0
  }
}

export class Endpoint {
  readonly #options: EndpointOptions
  readonly #output: Output
  readonly #application: Application
  readonly #reader: MessageReader
  readonly #deflater: Deflater | null
  readonly #batch: Batch
  #state: 'open' | 'closing' | 'closed' = 'open'
  #messageOpcode = 0
  #messageLength = 0
  #compressed = false
  #batchHint = 0
  #receiving = false
  #key: number | null = null
  #position = 0

  constructor(options: EndpointOptions, output: Output, application: (endpoint: Endpoint) => Application) {
    this.#options = options
    this.#output = output
    this.#batch = new Batch(output)
    const { role, deflate, messageLimit } = options
    const peer = peerOf(role)
    this.#deflater = deflate === null ? null : new Deflater(deflate[role])
    this.#reader = new MessageReader(
      peer,
      0,
      {
        deflate: deflate?.[peer] ?? null,
        unknownExtension: false,
        inflateLimit: { octets: messageLimit, ratio: 1, ratioFrom: messageLimit },
      },
      {
        header: h => {
          this.#header(h)
        },
        payload: (bytes, start, end, position) => {
          this.#payload(bytes, start, end, position)
        },
        frame: (h, received, message, close) => {
          this.#frameOver(h, received, message, close)
        },
        whole: (h, bytes, start, end) => {
          this.#wholeMessage(h, bytes, start, end)
        },
        violation: (rule, _offset, detail) => {
          this.#violation(rule, detail)
        },
      },
    )
    this.#application = application(this)
  }

  /** True until a Close was sent. */
  get isOpen(): boolean {
    return this.#state === 'open'
  }

  /** Takes octets from the peer. They are unmasked in place. */
  receive(bytes: Uint8Array, start = 0): void {
    if (this.#state === 'closed') return
    this.#batchHint = Math.min(bytes.length - start, 65_536)
    this.#receiving = true
    this.#reader.push(bytes, start, bytes.length)
    this.#receiving = false
    this.#batch.flush()
  }

  /** The peer sends no more. */
  eof(): void {
    this.#finish()
  }

  /** Begins a frame whose payload follows through `payload`; a client masks it with a fresh key. */
  begin(opcode: number, fin: boolean, rsv: number, payloadLength: number): void {
    const at = this.#batch.room(longestHeader, this.#batchHint)
    this.#key = this.#options.role === 'client' ? this.#options.nextKey() : null
    this.#position = 0
    this.#batch.length = writeHeader(this.#batch.octets, at, {
      opcode,
      fin,
      rsv,
      key: this.#key,
      payloadLength,
    })
  }

  /** Payload of the frame that was begun. A server hands on large pieces as they lie: they are taken over. */
  payload(bytes: Uint8Array, start = 0, end = bytes.length): void {
    if (end - start >= copyLimit && this.#key === null) {
      this.#batch.flush()
      this.#output.write(bytes.subarray(start, end))
      return
    }
    const at = this.#batch.room(end - start, this.#batchHint)
    const { octets } = this.#batch
    copy(bytes, start, end, octets, at)
    this.#batch.length = at + end - start
    if (this.#key !== null) applyMask(octets, at, at + end - start, this.#key, this.#position)
    this.#position += end - start
  }

  /** Sends a whole frame. */
  frame(opcode: number, fin: boolean, rsv: number, bytes: Uint8Array, start = 0, end = bytes.length): void {
    this.begin(opcode, fin, rsv, end - start)
    this.payload(bytes, start, end)
  }

  /** Sends a message in one frame. */
  send(opcode: number, bytes: Uint8Array, start = 0, end = bytes.length): void {
    if (this.#state !== 'open') return
    this.frame(opcode, true, 0, bytes, start, end)
    // Replies to what one read brought go out together.
    if (!this.#receiving) this.#batch.flush()
  }

  /** Sends a message in one frame, compressed where that was agreed. */
  sendCompressed(opcode: number, octets: Uint8Array): void {
    if (this.#state !== 'open') return
    if (this.#deflater === null) this.frame(opcode, true, 0, octets)
    else this.frame(opcode, true, rsv1, this.#deflater.deflate(octets))
    if (!this.#receiving) this.#batch.flush()
  }

  /** Starts the closing handshake (RFC 6455 §7.1.2). `code` null sends an empty Close. */
  close(code: number | null, reason = ''): void {
    if (this.#state !== 'open') return
    this.#sendClose(code, reason)
    this.#state = 'closing'
    this.#batch.flush()
  }

  #header(h: Readonly<FrameHeader>): void {
    if (this.#state === 'closed' || isControl(h.opcode)) return
    if (h.opcode !== Opcode.continuation) {
      this.#messageOpcode = h.opcode
      this.#messageLength = 0
      this.#compressed = (h.rsv & rsv1) !== 0
    }
    this.#messageLength += h.payloadLength
    if (this.#messageLength > this.#options.messageLimit) {
      this.#fail(1009, `message longer than ${this.#options.messageLimit} octets`)
    }
  }

  #payload(bytes: Uint8Array, start: number, end: number, position: number): void {
    const h = this.#reader.frameHeader
    if (this.#state !== 'open' || isControl(h.opcode) || this.#compressed) return
    applyMask(bytes, start, end, h.key, position)
    this.#application.data(h, this.#messageOpcode, bytes, start, end)
  }

  #wholeMessage(h: Readonly<FrameHeader>, bytes: Uint8Array, start: number, end: number): void {
    this.#header(h)
    if (this.#state !== 'open') return
    applyMask(bytes, start, end, h.key, 0)
    if (end > start) this.#application.data(h, h.opcode, bytes, start, end)
    this.#application.frameEnd(h, h.opcode, true)
  }

  #frameOver(h: Readonly<FrameHeader>, received: number, message: Message | null, close: Close | null): void {
    if (this.#state === 'closed' || received < h.payloadLength) return
    if (h.opcode === Opcode.close) this.#answerClose(close)
    else if (h.opcode === Opcode.ping && this.#state === 'open')
      this.frame(Opcode.pong, true, 0, this.#reader.control)
    else if (this.#state === 'open' && !isControl(h.opcode)) this.#data(h, message)
  }

  #violation(rule: RuleId, detail: string): void {
    const { severity, closeCode, text } = ruleOf(rule)
    if (severity === 'error' && closeCode !== null) this.#fail(closeCode, `${text} (${detail})`)
  }

  #data(h: Readonly<FrameHeader>, message: Message | null): void {
    if (!this.#compressed) {
      this.#application.frameEnd(h, this.#messageOpcode, message !== null)
    } else if (message?.inflated) {
      this.#application.message(message.opcode, message.inflated)
    } else if (message !== null) {
      this.#fail(1009, `message longer than ${this.#options.messageLimit} octets when inflated`)
    }
  }

  /** Answers with the peer's own code (RFC 6455 §5.5.1); a server then ends TCP (§7.1.1). */
  #answerClose(close: Close | null): void {
    if (this.#state === 'open') this.#sendClose(close?.code ?? null, '')
    this.#finish()
  }

  #fail(code: number, reason: string): void {
    if (this.#state === 'closed') return
    if (this.#state === 'open') this.#sendClose(code, reason)
    this.#finish()
  }

  #sendClose(code: number | null, reason: string): void {
    const text = Buffer.from(reason, 'utf8')
    const payload =
      code === null ? new Uint8Array(0) : Buffer.concat([Uint8Array.of(code >> 8, code & 255), cut(text)])
    this.frame(Opcode.close, true, 0, payload)
  }

  #finish(): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#batch.flush()
    this.#output.end()
  }
}

/** Copies `from[start..end)`. A native call costs more than a few dozen octets. */
function copy(from: Uint8Array, start: number, end: number, to: Uint8Array, at: number): void {
  if (end - start > 64) {
    to.set(from.subarray(start, end), at)
    return
  }
  const shift = at - start
  let i = start
  for (; i + 4 <= end; i += 4) {
    to[i + shift] = from[i]!
    to[i + shift + 1] = from[i + 1]!
    to[i + shift + 2] = from[i + 2]!
    to[i + shift + 3] = from[i + 3]!
  }
  for (; i < end; i++) to[i + shift] = from[i]!
}

/** The longest beginning of a reason that a Close frame can carry, without half a code point. */
function cut(reason: Uint8Array): Uint8Array {
  if (reason.length <= reasonLimit) return reason
  let end = reasonLimit
  while (end > 0 && ((reason[end] ?? 0) & 0xc0) === 0x80) end--
  return reason.subarray(0, end)
}

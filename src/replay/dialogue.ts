/** Reads what the two sides of a connection said off its facts, however the octets were chopped. */
import type { Head } from '../protocol/http-head.ts'
import { defaultInflateLimit, type InflateLimit } from '../protocol/inflater.ts'
import { lengthText } from '../protocol/frame.ts'
import { opcodeName } from '../protocol/opcode.ts'
import type { Side } from '../protocol/side.ts'
import { WireDecoder, type WireSink } from '../protocol/wire-decoder.ts'
import { counted } from '../protocol/words.ts'
import type { Facts, Mark, TcpState } from '../wire/facts.ts'
import type { Said, Saying } from './said.ts'
import { MessageGatherer } from './message-gatherer.ts'

/** Where the stream of a side stands. */
class Stream {
  offset = 0
  ended = false
  /** From where on, and why, it is not followed; null while it is. */
  opaque: { offset: number; reason: string } | null = null
}

export interface DialogueOptions {
  inflate?: InflateLimit
  /** Whose messages are told with their payload: both unless told otherwise. */
  payloadsOf?: readonly Side[]
}

/**
 * Takes the facts of one connection and tells what was said, in the order of the wire of each side. The bodies of plain
 * HTTP are not told.
 */
export class Dialogue implements Facts {
  readonly #tell: (said: Said) => void
  readonly #decoder: WireDecoder
  readonly #streams: Record<Side, Stream> = { client: new Stream(), server: new Stream() }
  readonly #gatherers: Record<Side, MessageGatherer>
  #time = 0

  constructor(tell: (said: Said) => void, options: DialogueOptions = {}) {
    const { inflate = defaultInflateLimit, payloadsOf = ['client', 'server'] } = options
    this.#tell = tell
    const gatherer = (from: Side) =>
      new MessageGatherer(
        inflate.octets,
        payloadsOf.includes(from),
        () => this.#decoder.readerOf(from),
        (offset, saying) => {
          this.#say(from, offset, saying)
        },
      )
    this.#gatherers = { client: gatherer('client'), server: gatherer('server') }
    this.#decoder = new WireDecoder(this.#sink(), inflate)
  }

  /** True where a frame of `from` may begin. */
  isBetweenFrames(from: Side): boolean {
    const reader = this.#decoder.readerOf(from)
    return reader !== null && !reader.lost && reader.inFlight === null && reader.partialHeader === 0
  }

  open(_conn: number, time: number): void {
    this.#time = time
  }

  octets(_conn: number, time: number, from: Side, bytes: Uint8Array): void {
    // A chop of nothing, which only a file can hold, says nothing.
    if (bytes.length === 0) return
    const stream = this.#streams[from]
    this.#time = time
    stream.offset += bytes.length
    if (!stream.ended) this.#decoder.push(from, bytes)
  }

  tcp(_conn: number, time: number, from: Side, state: TcpState): void {
    const stream = this.#streams[from]
    this.#time = time
    if (stream.ended) return
    const unfinished = this.#unfinished(from)
    this.#decoder.end(from, 'cut')
    this.#endStream(from)
    this.#say(from, stream.offset, { type: 'end', state, unfinished })
    if (this.#streams.client.ended && this.#streams.server.ended) this.#decoder.close()
  }

  mark(_conn: number, time: number, from: Side, mark: Mark): void {
    if (mark.type !== 'gap') return
    const stream = this.#streams[from]
    this.#time = time
    // A damaged record may name any offset; a stream never goes back.
    const next = Math.max(stream.offset, mark.offset + mark.octets)
    const octets = next - stream.offset
    this.#gatherers[from].forget()
    this.#decoder.skip(from, octets, next)
    // The body of a plain HTTP exchange is nothing that is told.
    if (mark.reason !== 'http')
      this.#say(from, stream.offset, { type: 'unread', octets, missing: true, reason: mark.reason })
    stream.offset = next
  }

  async end(time: number): Promise<void> {
    this.#time = Math.max(this.#time, time)
    this.#endStream('client')
    this.#endStream('server')
    return Promise.resolve()
  }

  #sink(): WireSink {
    const head = (from: Side, head: Head) => {
      this.#say(from, head.offset, { type: 'head', head })
    }
    return {
      handshake: head,
      plainHead: head,
      http: () => undefined,
      opaque: (from, offset, reason) => {
        this.#streams[from].opaque ??= { offset, reason }
      },
      violation: () => undefined,
      frames: from => this.#gatherers[from],
    }
  }

  /** Nothing follows of `from`: tells what was not followed. */
  #endStream(from: Side): void {
    const stream = this.#streams[from]
    if (stream.ended) return
    stream.ended = true
    const reader = this.#decoder.readerOf(from)
    if (reader?.lost === true) stream.opaque ??= { offset: reader.frameHeader.offset, reason: 'framing lost' }
    if (stream.opaque === null) return
    const { offset, reason } = stream.opaque
    this.#say(from, offset, { type: 'unread', octets: stream.offset - offset, missing: false, reason })
  }

  /** What `from` has begun and not finished, in words; null when nothing. */
  #unfinished(from: Side): string | null {
    if (this.#decoder.inHead(from)) return 'a head'
    const reader = this.#decoder.readerOf(from)
    if (reader === null || reader.lost) return null
    const { inFlight, partialHeader, openMessage } = reader
    if (inFlight !== null) {
      const { header, received } = inFlight
      return `a ${opcodeName(header.opcode)} frame, ${received} of ${lengthText(header)} octets`
    }
    if (partialHeader > 0) return `a frame header, ${counted(partialHeader, 'octet')} of it`
    return openMessage === 0 ? null : `a ${opcodeName(openMessage)} message`
  }

  #say(from: Side, offset: number, saying: Saying): void {
    // It was made for this: to add to it costs half of a copy.
    this.#tell(Object.assign(saying, { time: this.#time, from, offset }))
  }
}

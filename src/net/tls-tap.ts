/**
 * The stream between TCP and TLS, watched for how TLS ends. Node tells the end of TLS and the end of TCP beneath it the
 * same way; only the records on the wire show whether close_notify came (RFC 8446 §6.1).
 */
import type net from 'node:net'
import { Duplex } from 'node:stream'

const recordHeader = 5
const alertRecord = 21
const dataRecord = 23

/** An encrypted alert of TLS 1.3: 2 octets, the content type, the tag. It looks like any record of that length. */
const hiddenAlert = 19

export class TlsTap extends Duplex {
  /** Set when TLS has come up. */
  secured = false
  readonly #transport: net.Socket
  readonly #header = Buffer.alloc(recordHeader)
  #headerLength = 0
  /** Octets of the record's body that are still due. */
  #due = 0

  constructor(transport: net.Socket) {
    super({ allowHalfOpen: true })
    this.#transport = transport
    transport.on('data', (chunk: Buffer) => {
      this.#scan(chunk)
      if (!this.push(chunk)) transport.pause()
    })
    transport.on('end', () => this.push(null))
    transport.on('close', () => {
      if (!this.readableEnded) this.push(null)
    })
    transport.pause()
  }

  /** True when the last record may have been the close_notify of the peer: false says for sure that it was not. */
  get notified(): boolean {
    if (this.#headerLength < recordHeader || this.#due > 0) return false
    const type = this.#header.readUInt8(0)
    return type === alertRecord || (type === dataRecord && this.#header.readUInt16BE(3) === hiddenAlert)
  }

  override _read(): void {
    this.#transport.resume()
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    this.#transport.write(chunk, callback)
  }

  override _final(callback: (error?: Error | null) => void): void {
    this.#transport.end(callback)
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    this.#transport.destroy()
    callback(error)
  }

  /** Steps from record to record: the header of the last one stays. */
  #scan(chunk: Buffer): void {
    for (let i = 0; i < chunk.length;) {
      if (this.#due > 0) {
        const taken = Math.min(this.#due, chunk.length - i)
        this.#due -= taken
        i += taken
        continue
      }
      if (this.#headerLength === recordHeader) this.#headerLength = 0
      const taken = chunk.copy(this.#header, this.#headerLength, i, i + recordHeader - this.#headerLength)
      this.#headerLength += taken
      i += taken
      if (this.#headerLength === recordHeader) this.#due = this.#header.readUInt16BE(3)
    }
  }
}

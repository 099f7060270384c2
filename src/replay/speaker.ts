/** What a side said, as frames: one for each message, compressed as was agreed. */
import { encodeFrame } from '../protocol/frame-encoder.ts'
import { rsv1 } from '../protocol/frame.ts'
import { Opcode } from '../protocol/opcode.ts'
import { Deflater, type DeflateParameters } from '../protocol/permessage-deflate.ts'
import type { Side } from '../protocol/side.ts'
import type { Spoken } from './script.ts'

const opcodes = { text: Opcode.text, binary: Opcode.binary, ping: Opcode.ping, pong: Opcode.pong }

export class Speaker {
  readonly #deflater: Deflater | null
  readonly #nextKey: () => number | null

  /** `deflate` is how the side compresses, null without; `nextKey` gives a fresh masking key. A server masks nothing. */
  constructor(role: Side, deflate: DeflateParameters | null, nextKey: () => number) {
    this.#deflater = deflate === null ? null : new Deflater(deflate)
    this.#nextKey = role === 'client' ? nextKey : () => null
  }

  /** The frame that says it; null for a message whose octets are not known. */
  frame(said: Spoken): Uint8Array | null {
    const key = this.#nextKey()
    if (said.type === 'close') return encodeFrame({ opcode: Opcode.close, key }, closePayload(said))
    if (said.type !== 'message') return encodeFrame({ opcode: opcodes[said.type], key }, said.octets)
    if (said.octets === null) return null
    const opcode = opcodes[said.kind]
    if (this.#deflater === null) return encodeFrame({ opcode, key }, said.octets)
    return encodeFrame({ opcode, rsv: rsv1, key }, this.#deflater.deflate(said.octets))
  }
}

function closePayload({ code, reason }: { code: number | null; reason: string }): Uint8Array {
  if (code === null) return new Uint8Array(0)
  const payload = Buffer.alloc(2 + Buffer.byteLength(reason))
  payload.writeUInt16BE(code)
  payload.write(reason, 2)
  return payload
}

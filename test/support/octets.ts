/** Octets for tests, from the notations that read best. */

/** Octets from pieces: text as UTF-8, numbers as one octet each, octets as they are. */
export function octets(...pieces: readonly (string | number | Uint8Array)[]): Uint8Array {
  return join(
    pieces.map(piece => {
      if (typeof piece === 'string') return new TextEncoder().encode(piece)
      return typeof piece === 'number' ? Uint8Array.of(piece) : piece
    }),
  )
}

/** Octets from hex digits; white space between them is for the reader. */
export function fromHex(digits: string): Uint8Array {
  return Uint8Array.from(Buffer.from(digits.replaceAll(/\s/g, ''), 'hex'))
}

export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}

export function toText(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes)
}

/** One octet per character, U+0000 to U+00FF: for heads. */
export function latin1(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, 'latin1'))
}

export function join(pieces: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0))
  let at = 0
  for (const piece of pieces) {
    joined.set(piece, at)
    at += piece.length
  }
  return joined
}

/** `bytes` in pieces of the given sizes, over and over, what is left last. Sizes are at least 1. */
export function chop(bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const pieces: Uint8Array[] = []
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes.length === 0 ? bytes.length : sizes[i % sizes.length]!
    pieces.push(bytes.slice(at, at + size))
    at += size
  }
  return pieces
}

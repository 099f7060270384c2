/** Masking (RFC 6455 §5.3) in place, by the phase of the key: octet i of a payload is masked with key octet i mod 4. */

/** Below this many octets a loop over octets beats one over words. */
const wordThreshold = 16

let lastBytes: Uint8Array | null = null
let lastWords: Int32Array = new Int32Array(0)

/**
 * The storage of `bytes` as 32-bit words, the first at the beginning of its ArrayBuffer. Remembered for the next call: a
 * read of 64 KiB holds 1,700 short payloads, and a view costs more than the work on one of them.
 */
export function wordsUnder(bytes: Uint8Array): Int32Array {
  if (bytes !== lastBytes) {
    lastBytes = bytes
    lastWords = new Int32Array(bytes.buffer, 0, bytes.buffer.byteLength >> 2)
  }
  return lastWords
}

/** The key octet that masks payload position `position`. `key` holds the four key octets, the first in the top bits. */
export function maskOctet(key: number, position: number): number {
  return (key >>> (24 - 8 * (position & 3))) & 255
}

/** The key turned so that its octet `phase mod 4` comes first. */
export function rotateKey(key: number, phase: number): number {
  const bits = 8 * (phase & 3)
  return bits === 0 ? key | 0 : (key << bits) | (key >>> (32 - bits))
}

/** The four octets of `key`, first octet lowest: the order in which a little-endian 32-bit load sees them. */
export function loadOrder(key: number): number {
  return (key >>> 24) | ((key >>> 8) & 0xff00) | ((key << 8) & 0xff0000) | (key << 24) | 0
}

/**
 * Masks or unmasks `bytes[start..end)` in place. `position` is the payload position of `bytes[start]`.
 * 32-bit words carry the bulk; typed arrays are little-endian on every platform Node runs on.
 */
export function applyMask(
  bytes: Uint8Array,
  start: number,
  end: number,
  key: number,
  position: number,
): void {
  if (key === 0) return
  const k = rotateKey(key, position)
  if (end - start < wordThreshold) {
    xorOctets(bytes, start, end, k)
    return
  }
  const base = bytes.byteOffset
  const aligned = start + (-(base + start) & 3)
  const rest = rotateKey(k, aligned - start)
  const stop = (base + end) >> 2
  xorOctets(bytes, start, aligned, k)
  xorWords(wordsUnder(bytes), (base + aligned) >> 2, stop, loadOrder(rest))
  xorOctets(bytes, (stop << 2) - base, end, rest)
}

function xorOctets(bytes: Uint8Array, start: number, end: number, key: number): void {
  const k0 = key >>> 24
  const k1 = (key >>> 16) & 255
  const k2 = (key >>> 8) & 255
  const k3 = key & 255
  let i = start
  for (; i + 4 <= end; i += 4) {
    bytes[i]! ^= k0
    bytes[i + 1]! ^= k1
    bytes[i + 2]! ^= k2
    bytes[i + 3]! ^= k3
  }
  if (i < end) bytes[i]! ^= k0
  if (i + 1 < end) bytes[i + 1]! ^= k1
  if (i + 2 < end) bytes[i + 2]! ^= k2
}

function xorWords(words: Int32Array, start: number, end: number, word: number): void {
  let i = start
  for (; i + 4 <= end; i += 4) {
    words[i]! ^= word
    words[i + 1]! ^= word
    words[i + 2]! ^= word
    words[i + 3]! ^= word
  }
  for (; i < end; i++) words[i]! ^= word
}

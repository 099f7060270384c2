/** Masking (RFC 6455 §5.3) in place, by the phase of the key: octet i of a payload is masked with key octet i mod 4. */

/** Below this many octets a loop over octets beats the set-up of 32-bit words. */
const wordThreshold = 48

/** The key octet that masks payload position `position`. `key` holds the four key octets, the first in the top bits. */
export function maskOctet(key: number, position: number): number {
  return (key >>> (24 - 8 * (position & 3))) & 255
}

/** The key turned so that its octet `phase mod 4` comes first. */
export function rotateKey(key: number, phase: number): number {
  const bits = 8 * (phase & 3)
  return bits === 0 ? key : ((key << bits) | (key >>> (32 - bits))) >>> 0
}

/** The four octets of `key`, first octet lowest: the order in which a little-endian 32-bit load sees them. */
function loadOrder(key: number): number {
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
  const aligned = start + (-(bytes.byteOffset + start) & 3)
  xorOctets(bytes, start, aligned, k)
  const rest = rotateKey(k, aligned - start)
  const done = xorWords(bytes, aligned, end, loadOrder(rest))
  xorOctets(bytes, done, end, rest)
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

/** XORs the aligned words of `bytes[start..end)`; returns the index of the first octet left over. */
function xorWords(bytes: Uint8Array, start: number, end: number, word: number): number {
  const count = (end - start) >> 2
  const words = new Int32Array(bytes.buffer, bytes.byteOffset + start, count)
  let i = 0
  for (const stop = count - 3; i < stop; i += 4) {
    words[i]! ^= word
    words[i + 1]! ^= word
    words[i + 2]! ^= word
    words[i + 3]! ^= word
  }
  for (; i < count; i++) words[i]! ^= word
  return start + count * 4
}

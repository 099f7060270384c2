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
  let i = start
  let k = rotateKey(key, position)
  if (end - start >= wordThreshold) {
    for (; ((bytes.byteOffset + i) & 3) !== 0; i++) {
      bytes[i]! ^= k >>> 24
      k = (k << 8) | (k >>> 24)
    }
    i = xorWords(bytes, i, end, loadOrder(k))
  }
  for (; i < end; i++) {
    bytes[i]! ^= k >>> 24
    k = (k << 8) | (k >>> 24)
  }
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

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { applyMask, maskOctet, rotateKey } from '../../src/protocol/mask.ts'
import { key } from '../support/arbitraries.ts'
import { fromHex, octets, toHex } from '../support/octets.ts'

/** RFC 6455 §5.3: octet i of the payload XOR octet i mod 4 of the key. */
function naiveMask(bytes: Uint8Array, keyOctets: readonly number[], position: number): Uint8Array {
  return bytes.map((octet, i) => octet ^ keyOctets[(position + i) % 4]!)
}

function keyOctets(of: number): number[] {
  return [of >>> 24, (of >>> 16) & 255, (of >>> 8) & 255, of & 255]
}

/** 400 octets whose payload octets lie at `start` of a buffer that begins at `alignment` of its storage. */
function unaligned(alignment: number): Uint8Array {
  const bytes = new Uint8Array(new ArrayBuffer(alignment + 400), alignment)
  bytes.forEach((_, i) => (bytes[i] = (i * 7 + 3) & 255))
  return bytes
}

describe('masking (RFC 6455 §5.3)', () => {
  it('masks the example of RFC 6455 §5.7', () => {
    const payload = octets('Hello')
    applyMask(payload, 0, 5, 0x37fa213d, 0)
    expect(payload).toEqual(fromHex('7f9f4d5158'))
  })

  it('masks like octet by octet at every alignment, phase and length around its thresholds', () => {
    for (let alignment = 0; alignment < 4; alignment++) {
      for (let phase = 0; phase < 5; phase++) {
        for (const length of [0, 1, 2, 3, 4, 5, 15, 16, 47, 48, 49, 50, 51, 63, 64, 65, 66, 67, 130, 331]) {
          const bytes = unaligned(alignment)
          const expected = bytes.slice()
          const start = phase + 1
          expected.set(naiveMask(bytes.subarray(start, start + length), keyOctets(0x9a02_fc81), phase), start)
          applyMask(bytes, start, start + length, 0x9a02_fc81, phase)
          expect(toHex(bytes)).toBe(toHex(expected))
        }
      }
    }
  })

  it('masks like octet by octet with any key from any position, and is its own inverse', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), key, fc.nat(), (payload, k, position) => {
        const bytes = payload.slice()
        applyMask(bytes, 0, bytes.length, k, position)
        expect(bytes).toEqual(naiveMask(payload, keyOctets(k), position))
        applyMask(bytes, 0, bytes.length, k, position)
        expect(bytes).toEqual(payload)
      }),
    )
  })

  it('masks a payload in pieces as it masks the whole', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), key, fc.nat({ max: 200 }), (payload, k, at) => {
        const cut = Math.min(at, payload.length)
        const whole = payload.slice()
        const pieces = payload.slice()
        applyMask(whole, 0, whole.length, k, 0)
        applyMask(pieces, 0, cut, k, 0)
        applyMask(pieces, cut, pieces.length, k, cut)
        expect(pieces).toEqual(whole)
      }),
    )
  })

  it('names the key octet of a position and turns a key to a phase', () => {
    fc.assert(
      fc.property(key, fc.nat({ max: 1000 }), (k, position) => {
        const turned = keyOctets(rotateKey(k, position))
        expect(maskOctet(k, position)).toBe(keyOctets(k)[position % 4])
        expect(turned).toEqual([0, 1, 2, 3].map(i => maskOctet(k, position + i)))
      }),
    )
  })
})

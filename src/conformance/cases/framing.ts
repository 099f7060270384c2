/** Group 1: every width of the length field, with text and with binary messages. */
import type { ConformCase } from '../case.ts'
import {
  binary,
  conformCase,
  fill,
  gotBinary,
  gotText,
  killAfter,
  normalClose,
  text,
  type FrameOptions,
} from '../shorthand.ts'

/** Payload length, seconds until the case is given up, octets of each write. */
const sizes: readonly [number, number, FrameOptions][] = [
  [0, 1, {}],
  [125, 1, {}],
  [126, 1, {}],
  [127, 1, {}],
  [128, 1, {}],
  [65_535, 10, {}],
  [65_536, 10, {}],
  [65_536, 10, { chop: 997 }],
]

const kinds = [
  { group: '1.1', name: 'text', send: text, got: gotText, octet: 0x2a },
  { group: '1.2', name: 'binary', send: binary, got: gotBinary, octet: 0xfe },
] as const

/** Cases 1.1.1 to 1.2.8. */
export const framing: readonly ConformCase[] = kinds.flatMap(({ group, name, send, got, octet }) =>
  sizes.map(([length, seconds, options], i) => {
    const payload = fill(octet, length)
    const chopped = options.chop === undefined ? '' : `, in writes of ${options.chop ?? 0} octets`
    return conformCase({
      id: `${group}.${i + 1}`,
      description: `A ${name} message of ${length} octets in one frame${chopped}.`,
      expectation: `The message comes back as it was, in time (${seconds} s). Then the fuzzer closes with 1000.`,
      steps: [send(payload, options), killAfter(seconds)],
      expected: { OK: [got(payload)] },
      close: normalClose,
    })
  }),
)

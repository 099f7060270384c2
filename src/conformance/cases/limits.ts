/** Groups 9 and 10: large messages, many fragments, many writes, round trips, and fragments of the fuzzer's own. */
import type { ConformCase, Exchange, Payload } from '../case.ts'
import { conformCase, cycle, fill, gotText, killAfter, normalClose, textMessage, utf8 } from '../shorthand.ts'

const KiB = 1024
const MiB = 1024 * KiB

const textUnit = utf8('BAsd7&jh23')
const binaryUnit = Uint8Array.of(0x00, 0xfe, 0x23, 0xfa, 0xf0)
const star = Uint8Array.of(0x2a)
const high = Uint8Array.of(0xfe)

function limit(id: string, description: string, payload: Payload, given: Partial<Exchange>): ConformCase {
  const exchange: Exchange = {
    count: 1,
    binary: false,
    message: () => payload,
    length: payload.length,
    sendAs: 'frame',
    chop: null,
    fragment: null,
    compare: 'length',
    closeAfter: 100,
    deflate: null,
    markers: false,
    ...given,
  }
  const what = exchange.count === 1 ? 'A message' : `${exchange.count} messages`
  return conformCase({
    id,
    description,
    expectation: `${what} of the same type and length within ${exchange.closeAfter} s. Then the fuzzer closes with 1000.`,
    steps: [],
    expected: {},
    close: normalClose,
    exchange,
  })
}

/** Length, and seconds allowed for text and for binary. */
const growing: readonly [number, number, number][] = [
  [64 * KiB, 10, 10],
  [256 * KiB, 10, 10],
  [1 * MiB, 100, 10],
  [4 * MiB, 100, 10],
  [8 * MiB, 100, 100],
  [16 * MiB, 100, 100],
]

const fragmentSizes = [64, 256, KiB, 4 * KiB, 16 * KiB, 64 * KiB, 256 * KiB, MiB, 4 * MiB]
const chopSizes = [64, 128, 256, 512, 1024, 2048]

/** Length, and seconds for a thousand of them. */
const roundTrips: readonly [number, number][] = [
  [0, 60],
  [16, 60],
  [64, 60],
  [256, 120],
  [1024, 240],
  [4096, 480],
]

const kinds = [
  { name: 'text', isBinary: false, unit: textUnit, byte: star, at: 0 },
  { name: 'binary', isBinary: true, unit: binaryUnit, byte: high, at: 1 },
] as const

/** Cases 9.1.1 to 9.8.6: sub-groups with odd numbers are text, with even ones binary. */
export const limits: readonly ConformCase[] = [
  ...kinds.flatMap(({ name, isBinary, unit, at }) =>
    growing.map(([length, textTime, binaryTime], i) =>
      limit(
        `9.${1 + at}.${i + 1}`,
        `A ${name} message of ${length} octets in one frame.`,
        cycle(unit, length),
        {
          binary: isBinary,
          closeAfter: isBinary ? binaryTime : textTime,
        },
      ),
    ),
  ),
  ...kinds.flatMap(({ name, isBinary, at }) =>
    fragmentSizes.map((fragment, i) =>
      limit(
        `9.${3 + at}.${i + 1}`,
        `A ${name} message of 4 MiB in fragments of ${fragment} octets.`,
        cycle(isBinary && i === 0 ? high : star, 4 * MiB),
        { binary: isBinary, sendAs: 'message', fragment },
      ),
    ),
  ),
  ...kinds.flatMap(({ name, isBinary, unit, at }) =>
    chopSizes.map((chop, i) =>
      limit(
        `9.${5 + at}.${i + 1}`,
        `A ${name} message of 1 MiB in one frame, in writes of ${chop} octets.`,
        cycle(unit, MiB),
        { binary: isBinary, chop, closeAfter: 1000 },
      ),
    ),
  ),
  ...kinds.flatMap(({ name, isBinary, byte, at }) =>
    roundTrips.map(([length, closeAfter], i) =>
      limit(
        `9.${7 + at}.${i + 1}`,
        `A thousand ${name} messages of ${length} octets, each sent when the one before has come back.`,
        cycle(byte, length),
        { binary: isBinary, count: 1000, closeAfter, markers: true },
      ),
    ),
  ),
]

const fragmented = fill(0x2a, 65_536)

/** Case 10.1.1. */
export const misc: readonly ConformCase[] = [
  conformCase({
    id: '10.1.1',
    description: 'A text message of 65536 octets that the fuzzer splits into fragments of 1300 octets.',
    expectation: 'The message comes back whole. The fuzzer has sent 51 frames for it, and closes with 1000.',
    steps: [textMessage(fragmented, 1300), killAfter(10)],
    expected: { OK: [gotText(fragmented)] },
    close: normalClose,
    ownFrames: { 0: 50, 1: 1 },
  }),
]

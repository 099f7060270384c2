/** Group 2: pings, and pongs that nobody asked for. */
import type { ConformCase } from '../case.ts'
import {
  close,
  closeAfter,
  conformCase,
  fill,
  gotPong,
  hex,
  killAfter,
  normalClose,
  ping,
  pong,
  protocolError,
  type Content,
  type FrameOptions,
} from '../shorthand.ts'

const numbers = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]

/** Pings that each want a pong of the same payload, in their order. */
function answered(
  id: string,
  what: string,
  contents: readonly Content[],
  seconds: number,
  options: FrameOptions = {},
): ConformCase {
  return conformCase({
    id,
    description: `${what}.`,
    expectation:
      contents.length === 1
        ? 'A pong of the same payload answers it. Then the fuzzer closes with 1000.'
        : 'Every ping has its own pong, in their order. Then the fuzzer closes with 1000.',
    steps: [...contents.map(content => ping(content, options)), closeAfter(seconds)],
    expected: { OK: contents.map(gotPong) },
    close: normalClose,
  })
}

/** A pong that answers nothing, and a Close behind it. */
function unasked(id: string, what: string, content: Content): ConformCase {
  return conformCase({
    id,
    description: `A pong ${what} that answers no ping, then a Close with 1000.`,
    expectation: 'The pong is ignored; the peer completes the closing handshake.',
    steps: [pong(content), close(1000), closeAfter(1)],
    expected: { OK: [] },
    close: normalClose,
  })
}

const tooLong = fill(0xfe, 126)
const unsolicited = 'unsolicited pong payload'
const payloads = numbers.map(n => `payload-${n}`)

/** Cases 2.1 to 2.11. */
export const pings: readonly ConformCase[] = [
  answered('2.1', 'A ping without payload', [''], 1),
  answered('2.2', 'A ping with a short text', ['Hello, world!'], 1),
  answered('2.3', 'A ping with octets that are not text', [hex('00fffefdfcfb00ff')], 1),
  answered('2.4', 'A ping with the longest payload a control frame may have', [fill(0xfe, 125)], 1),
  conformCase({
    id: '2.5',
    description: 'A ping of 126 octets, one more than a control frame may have.',
    expectation: 'The peer fails the connection: 1002, or the end of TCP.',
    steps: [ping(tooLong), killAfter(1)],
    expected: { OK: [] },
    close: protocolError,
  }),
  answered('2.6', 'A ping of 125 octets, written octet by octet', [fill(0xfe, 125)], 2, { chop: 1 }),
  unasked('2.7', 'without payload', ''),
  unasked('2.8', 'with payload', unsolicited),
  conformCase({
    id: '2.9',
    description: 'A pong that answers no ping, then a ping.',
    expectation: 'The pong is ignored, the ping is answered. Then the fuzzer closes with 1000.',
    steps: [pong(unsolicited), ping('ping payload'), closeAfter(1)],
    expected: { OK: [gotPong('ping payload')] },
    close: normalClose,
  }),
  answered('2.10', 'Ten pings together', payloads, 3),
  answered('2.11', 'Ten pings, each written octet by octet', payloads, 3, { chop: 1 }),
]

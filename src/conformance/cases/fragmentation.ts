/** Group 5: messages in fragments, control frames between them, fragments where none may be. */
import type { CaseFact, ConformCase, FrameStep, Step } from '../case.ts'
import {
  closeAfter,
  conformCase,
  cont,
  gotPong,
  gotText,
  killAfter,
  normalClose,
  ping,
  pong,
  protocolError,
  text,
  wait,
  type FrameOptions,
} from '../shorthand.ts'

const open = { fin: false }

/** The three ways to hand the same frames to TCP: together, each by itself, octet by octet. */
const ways: readonly [FrameOptions, string][] = [
  [{}, ''],
  [{ sync: true }, ' Each frame is a write of its own.'],
  [{ chop: 1 }, ' All is written octet by octet.'],
]

function good(id: string, what: string, steps: readonly Step[], seen: readonly CaseFact[]): ConformCase {
  const pongs = seen.length > 1 ? 'Pings are answered before the message is complete; the' : 'The'
  return conformCase({
    id,
    description: what,
    expectation: `${pongs} message comes back whole. Then the fuzzer closes with 1000.`,
    steps: [...steps, closeAfter(1)],
    expected: { OK: seen },
    close: normalClose,
  })
}

function bad(id: string, what: string, steps: readonly Step[]): ConformCase {
  return conformCase({
    id,
    description: what,
    expectation: 'The peer fails the connection: 1002, or the end of TCP. Nothing comes back.',
    steps: [...steps, killAfter(1)],
    expected: { OK: [] },
    close: protocolError,
  })
}

/** One list of frames in all three ways, from `first` on. */
function threeWays(
  first: number,
  what: string,
  frames: readonly FrameStep[],
  make: (id: string, what: string, steps: readonly Step[]) => ConformCase,
): readonly ConformCase[] {
  return ways.map(([options, how], i) =>
    make(
      `5.${first + i}`,
      `${what}${how}`,
      frames.map(frame => ({ ...frame, ...options })),
    ),
  )
}

const both = [gotText('fragment1fragment2')]
const first = text('fragment1', open)
const last = cont('fragment2')
const stray = 'non-continuation payload'
const hello = text('Hello, world!')

/** Five fragments, two pings between them and a pause after the first. */
function paused(id: string, what: string, options: FrameOptions): ConformCase {
  const send = (frame: FrameStep): FrameStep => ({ ...frame, ...options })
  const steps = [
    send(text('fragment1', open)),
    send(cont('fragment2', open)),
    send(ping('pongme 1!')),
    wait(1),
    send(cont('fragment3', open)),
    send(cont('fragment4', open)),
    send(ping('pongme 2!')),
    send(cont('fragment5')),
  ]
  const message = [1, 2, 3, 4, 5].map(n => `fragment${n}`).join('')
  return good(id, what, steps, [gotPong('pongme 1!'), gotPong('pongme 2!'), gotText(message)])
}

/** Twice the same: a stray fragment, then a message in two. */
function strayTwice(fin: boolean): readonly Step[] {
  const once = [cont('fragment1', { fin }), text('fragment2', open), cont('fragment3')]
  return [...once, ...once]
}

const pauseText =
  'A text message in five fragments, with pings behind the second and the fourth and a pause of 1 s.'

/** Cases 5.1 to 5.20. */
export const fragmentation: readonly ConformCase[] = [
  bad('5.1', 'A ping in two fragments.', [ping('fragment1', open), last]),
  bad('5.2', 'A pong in two fragments.', [pong('fragment1', open), last]),
  ...threeWays(3, 'A text message in two fragments.', [first, last], (id, what, steps) =>
    good(id, what, steps, both),
  ),
  ...threeWays(
    6,
    'A text message in two fragments with a ping between them.',
    [first, ping('ping payload'), last],
    (id, what, steps) => good(id, what, steps, [gotPong('ping payload'), ...both]),
  ),
  ...threeWays(9, 'A final fragment of no message, then a text message.', [cont(stray), hello], bad),
  ...threeWays(12, 'A fragment of no message, then a text message.', [cont(stray, open), hello], bad),
  conformCase({
    id: '5.15',
    description: 'A text message in two fragments, then a fragment of no message, then a text message.',
    expectation:
      'The first message comes back, then the peer fails the connection: 1002, or the end of TCP. Without the echo the case is NON-STRICT.',
    steps: [first, last, cont('fragment3', open), text('fragment4'), killAfter(1)],
    expected: { OK: both, 'NON-STRICT': [] },
    close: protocolError,
  }),
  bad('5.16', 'Twice: a fragment of no message, then a text message in two.', strayTwice(false)),
  bad('5.17', 'Twice: a final fragment of no message, then a text message in two.', strayTwice(true)),
  bad('5.18', 'A text message begins inside an unfinished one.', [first, text('fragment2')]),
  paused('5.19', pauseText, {}),
  paused('5.20', `${pauseText} Each frame is a write of its own.`, { sync: true }),
]

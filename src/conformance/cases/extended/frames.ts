/** Group ws.frames: masks, lengths that are not minimal, and frames cut and joined where that must not matter. */
import type { ConformCase, FrameStep, HeaderChange, Step } from '../../case.ts'
import {
  begin,
  binary,
  close,
  cont,
  fill,
  gotBinary,
  gotPong,
  gotText,
  killAfter,
  normalClose,
  part,
  ping,
  pong,
  protocolError,
  text,
  wait,
} from '../../shorthand.ts'
import { numbered, toleratedClose, type Unnumbered } from './numbered.ts'

const hello = 'Hello, world!'
const refuses = 'The peer fails the connection: 1002, or the end of TCP.'
const comesBack = 'All comes back as it was sent. Then the fuzzer closes with 1000.'

/** A breach on which the peer must fail the connection. */
function breach(description: string, ...steps: readonly Step[]): Unnumbered {
  return {
    description,
    expectation: refuses,
    steps: [...steps, ping('still there?'), killAfter(1)],
    expected: { OK: [] },
    close: protocolError,
  }
}

const wrong: { header: HeaderChange } = { header: { mask: 'wrong' } }

const masks: readonly Unnumbered[] = [
  breach('A text message with the mask bit wrong: none of a client, one of a server.', text(hello, wrong)),
  breach('An empty binary message with the mask bit wrong.', binary('', wrong)),
  breach('A ping with the mask bit wrong.', ping('who masks?', wrong)),
  breach(
    'A message in two fragments, the second with the mask bit wrong.',
    text(hello, { fin: false }),
    cont(hello, wrong),
  ),
  breach('A Close frame with the mask bit wrong.', {
    ...ping(Uint8Array.of(3, 232), wrong),
    opcode: 8,
  }),
  {
    role: 'client',
    description: 'Messages and a ping with the masking key 0: the payload stands in plain, which is legal.',
    expectation: comesBack,
    steps: [
      text(hello, { header: { mask: 'zero' } }),
      ping('key 0', { header: { mask: 'zero' } }),
      binary(fill(0xfe, 300), { header: { mask: 'zero' } }),
      killAfter(1),
    ],
    expected: { OK: [gotText(hello), gotPong('key 0'), gotBinary(fill(0xfe, 300))] },
    close: normalClose,
  },
]

/** RFC 6455 binds the sender alone: a peer that reads on is not strict. */
function notMinimal(length: number, lengthBits: 16 | 64): Unnumbered {
  const payload = fill(0x2a, length)
  return {
    description: `A text message of ${length} octets, whose length is written in ${lengthBits} bits.`,
    expectation: `${refuses} NON-STRICT where the message comes back.`,
    steps: [text(payload, { header: { lengthBits } }), killAfter(1)],
    expected: { OK: [], 'NON-STRICT': [gotText(payload)] },
    close: protocolError,
    closeIf: { 'NON-STRICT': toleratedClose },
  }
}

const topBit = { header: { lengthBits: 64, announced: 2 ** 63 + hello.length } } as const

const lengths: readonly Unnumbered[] = [
  notMinimal(0, 16),
  notMinimal(125, 16),
  notMinimal(0, 64),
  notMinimal(125, 64),
  notMinimal(126, 64),
  notMinimal(65_535, 64),
  {
    ...notMinimal(5, 16),
    description: 'A ping of 5 octets, whose length is written in 16 bits.',
    steps: [ping('*****', { header: { lengthBits: 16 } }), killAfter(1)],
    expectation: `${refuses} NON-STRICT where it is answered.`,
    expected: { OK: [], 'NON-STRICT': [gotPong('*****')] },
  },
  ...[binary(hello, topBit), text(hello, topBit)].map((step, i) => ({
    ...breach(`A ${i === 0 ? 'binary' : 'text'} message whose length of 64 bits has its top bit set.`, step),
    expectation: 'The peer fails the connection: 1002, 1009, or the end of TCP.',
    close: { ...protocolError, closeCode: [1002, 1009] },
  })),
]

/** The frame once for each place in its header, cut there. */
function cutEverywhere(frame: FrameStep, last: number): readonly Step[] {
  return Array.from({ length: last }, (_, i) => ({ ...frame, cut: i + 1 }))
}

/** `bytes` of length field behind the first two octets; then the key of a client, and the first octet of payload. */
function cuts(length: number, bytes: number): Unnumbered {
  const payload = fill(0x2a, length)
  const last = 2 + bytes + 4 + 1
  const place = bytes === 0 ? 'whose length stands in its second octet' : `with a length of ${8 * bytes} bits`
  return {
    description: `Text messages of ${length} octets, ${place}: each is cut after another octet, from the first to behind the masking key.`,
    expectation: comesBack,
    steps: [...cutEverywhere(text(payload), last), killAfter(10)],
    expected: { OK: Array.from({ length: last }, () => gotText(payload)) },
    close: normalClose,
  }
}

const words = ['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten']

const joined: readonly Unnumbered[] = [
  {
    description: 'Ten text messages in one write.',
    expectation: comesBack,
    steps: [...words.map(word => text(word)), killAfter(1)],
    expected: { OK: words.map(word => gotText(word)) },
    close: normalClose,
  },
  {
    description: 'A message in ten fragments, with a ping and an unasked pong between them, in one write.',
    expectation: 'The ping is answered, and the message comes back. Then the fuzzer closes with 1000.',
    steps: [
      text('zero ', { fin: false }),
      ...words.slice(0, 5).map(word => cont(word, { fin: false })),
      ping('between'),
      pong('nobody asked'),
      ...words.slice(5).map((word, i) => cont(word, { fin: i === 4 })),
      killAfter(1),
    ],
    expected: { OK: [gotPong('between'), gotText(`zero ${words.join('')}`)] },
    close: normalClose,
  },
  {
    description: 'A text message, the header of another and half of its payload in one write; then the rest.',
    expectation: comesBack,
    steps: [text(hello), begin(10), part('Hello'), wait(0.1), part('again'), killAfter(1)],
    expected: { OK: [gotText(hello), gotText('Helloagain')] },
    close: normalClose,
  },
  {
    role: 'server',
    description: 'Three text messages and a ping in the write of the 101.',
    expectation: comesBack,
    steps: [...words.slice(0, 3).map(word => text(word)), ping('at once'), killAfter(1)],
    expected: { OK: [...words.slice(0, 3).map(word => gotText(word)), gotPong('at once')] },
    close: normalClose,
  },
  {
    role: 'server',
    description: 'A Close frame in the write of the 101.',
    expectation: 'The peer answers with 1000 or without a code, and the end is clean.',
    steps: [close(1000), killAfter(1)],
    expected: { OK: [] },
    close: normalClose,
    keepsOpen: true,
  },
]

/** Cases ws.frames.1 and up. */
export const extendedFrames: readonly ConformCase[] = numbered('ws.frames', [
  ...masks,
  ...lengths,
  ...[cuts(10, 0), cuts(200, 2), cuts(66_000, 8)],
  ...joined,
])

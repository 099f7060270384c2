/** Groups 3 and 4: reserved bits without an extension that defines them, and reserved opcodes. */
import type { CaseFact, ConformCase, Step } from '../case.ts'
import {
  binary,
  conformCase,
  frame,
  gotText,
  hex,
  killAfter,
  ping,
  protocolError,
  text,
  type FrameOptions,
} from '../shorthand.ts'

const hello = 'Hello, world!'
const octets = hex('00fffefdfcfb00ff')
const reservedPayload = 'reserved opcode payload'

/** Only the offending frame is sent: nothing may come back. */
function alone(id: string, what: string, step: Step): ConformCase {
  return conformCase({
    id,
    description: `${what}.`,
    expectation: 'The peer fails the connection at once: 1002, or the end of TCP.',
    steps: [step, killAfter(1)],
    expected: { OK: [] },
    close: protocolError,
  })
}

/** A message, the offending frame and a ping: the message may come back, the ping must not be answered. */
function afterMessage(id: string, what: string, options: FrameOptions, offending: Step): ConformCase {
  const echo: readonly CaseFact[] = [gotText(hello)]
  const how =
    options.chop !== undefined
      ? ' All is written octet by octet.'
      : options.sync
        ? ' Each frame is a write of its own.'
        : ''
  return conformCase({
    id,
    description: `A text message, then ${what}, then a ping.${how}`,
    expectation:
      'The message comes back, then the peer fails the connection: 1002, or the end of TCP. The ping is not answered. Without the echo the case is NON-STRICT.',
    steps: [text(hello, options), offending, ping('', options), killAfter(1)],
    expected: { OK: echo, 'NON-STRICT': [] },
    close: protocolError,
  })
}

const chopped = { chop: 1 }
const sync = { sync: true }

/** Cases 3.1 to 3.7. RSV1 is 4, RSV2 is 2, RSV3 is 1. */
export const reservedBits: readonly ConformCase[] = [
  alone('3.1', 'A text message with RSV3', text(hello, { rsv: 1 })),
  afterMessage('3.2', 'one with RSV2', {}, text(hello, { rsv: 2 })),
  afterMessage('3.3', 'one with RSV2 and RSV3', sync, text(hello, { rsv: 3, ...sync })),
  afterMessage('3.4', 'one with RSV1', chopped, text(hello, { rsv: 4, ...chopped })),
  alone('3.5', 'A binary message with RSV1 and RSV3', binary(octets, { rsv: 5 })),
  alone('3.6', 'A binary message with RSV1 and RSV2', binary(hello, { rsv: 6 })),
  alone('3.7', 'A Close frame with all three reserved bits', frame(8, '', { rsv: 7 })),
]

/** The five cases over the reserved opcodes from `first` on. */
function opcodes(group: string, kind: string, first: number): readonly ConformCase[] {
  const named = (n: number) => `a ${kind} frame with the reserved opcode ${first + n}`
  return [
    alone(`${group}.1`, `A ${kind} frame with the reserved opcode ${first}`, frame(first)),
    alone(
      `${group}.2`,
      `A ${kind} frame with the reserved opcode ${first + 1} and a payload`,
      frame(first + 1, reservedPayload),
    ),
    afterMessage(`${group}.3`, named(2), {}, frame(first + 2)),
    afterMessage(`${group}.4`, `${named(3)} and a payload`, {}, frame(first + 3, hello)),
    afterMessage(`${group}.5`, `${named(4)} and a payload`, chopped, frame(first + 4, hello, chopped)),
  ]
}

/** Cases 4.1.1 to 4.2.5. */
export const reservedOpcodes: readonly ConformCase[] = [
  ...opcodes('4.1', 'data', 3),
  ...opcodes('4.2', 'control', 11),
]

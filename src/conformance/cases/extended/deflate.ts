/** Group ws.deflate: what permessage-deflate forbids, and what it allows that few senders do (RFC 7692). */
import { deflateRawSync } from 'node:zlib'
import { Deflater, type DeflateParameters } from '../../../protocol/permessage-deflate.ts'
import { rsv1 } from '../../../protocol/frame.ts'
import type { CaseFact, CloseRule, ConformCase, DeflatePlan, Step } from '../../case.ts'
import {
  binary,
  cont,
  cycle,
  frame,
  gotBinary,
  gotText,
  hex,
  invalidText,
  killAfter,
  normalClose,
  ping,
  protocolError,
  text,
  textMessage,
  utf8,
} from '../../shorthand.ts'
import { numbered, toleratedClose, type Unnumbered } from './numbered.ts'

const hello = 'Hello, Hello, Hello, Hello!'

const full: DeflateParameters = { windowBits: 15, contextTakeover: true }
const alone: DeflateParameters = { windowBits: 15, contextTakeover: false }

const plan = (own: DeflateParameters, peer = full): DeflatePlan => ({ own, peer })

/** What messages become one after the other, with a window and its context. */
function compressed(parameters: DeflateParameters, ...messages: readonly string[]): Uint8Array[] {
  const deflater = new Deflater(parameters)
  return messages.map(message => deflater.deflate(utf8(message)))
}

const [helloDeflated = hex('')] = compressed(full, hello)
const marked = { rsv: rsv1 }

const refuses = 'The peer fails the connection: 1002, or the end of TCP.'
const unless = 'UNIMPLEMENTED where the compression is not agreed.'

function breach(description: string, steps: readonly Step[], own = full): Unnumbered {
  return {
    description,
    expectation: `${refuses} ${unless}`,
    steps: [...steps, ping('still there?'), killAfter(1)],
    expected: { OK: [] },
    close: protocolError,
    deflate: plan(own),
  }
}

/** Data that cannot be inflated: RFC 7692 names no code, 1007 is what fits. */
const cannotInflate: CloseRule = { closedByMe: false, closeCode: [1002, 1007], requireClean: false }

function corrupt(description: string, payload: Uint8Array): Unnumbered {
  return {
    ...breach(description, [text(payload, marked)]),
    expectation: `The peer fails the connection: 1007, 1002, or the end of TCP. ${unless}`,
    close: cannotInflate,
  }
}

/** A peer that keeps more than was agreed can read it all the same. */
function tolerable(
  description: string,
  own: DeflateParameters,
  steps: readonly Step[],
  first: readonly CaseFact[],
  all: readonly CaseFact[],
): Unnumbered {
  return {
    description,
    expectation: `The peer fails the connection: 1007, 1002, or the end of TCP. NON-STRICT where it inflates what it need not. ${unless}`,
    steps: [...steps, killAfter(1)],
    expected: { OK: first, 'NON-STRICT': all },
    close: cannotInflate,
    closeIf: { 'NON-STRICT': toleratedClose },
    deflate: plan(own),
    keepsOpen: true,
  }
}

function legal(
  description: string,
  steps: readonly Step[],
  expected: readonly CaseFact[],
  needs = plan(full),
) {
  return {
    description,
    expectation: `All comes back as it was. Then the fuzzer closes with 1000. ${unless}`,
    steps: [...steps, killAfter(2)],
    expected: { OK: expected },
    close: normalClose,
    deflate: needs,
  } satisfies Unnumbered
}

/** Text without a repetition worth the name: numbers in turn. */
const numbers = Array.from({ length: 300 }, (_, i) => (i * 7919).toString(36)).join(' ')
const farBack = numbers + numbers

const [taken1 = hex(''), taken2 = hex('')] = compressed(full, numbers, numbers)
const [far = hex('')] = compressed(full, farBack)

/** A message in one block with BFINAL set, and the empty block behind it (RFC 7692 §7.2.3.4). */
const finalBlock = Buffer.concat([deflateRawSync(utf8(hello)), Uint8Array.of(0)])

/** A block that is not compressed, then one that is (RFC 7692 §7.2.3.3, §7.2.3.5). */
const stored = utf8('stored')
const twoBlocks = Buffer.concat([
  Uint8Array.of(0, stored.length, 0, 255 - stored.length, 255),
  stored,
  helloDeflated,
])

/** Messages of some KiB in which each repeats, further back than the window that is agreed. */
const repeating = [farBack, hello, farBack.toUpperCase(), farBack]

function peerWindow(windowBits: number): Unnumbered {
  return legal(
    `Compressed messages that repeat what lies further back than ${2 ** windowBits} octets; the peer may use a window of ${windowBits} bits alone.`,
    repeating.map(message => textMessage(message)),
    repeating.map(message => gotText(message)),
    plan(full, { windowBits, contextTakeover: true }),
  )
}

function ownWindow(windowBits: number): Unnumbered {
  return legal(
    `Compressed messages, the fuzzer keeps to a window of ${windowBits} bits.`,
    repeating.map(message => textMessage(message)),
    repeating.map(message => gotText(message)),
    plan({ windowBits, contextTakeover: true }),
  )
}

const mebibyte = 2 ** 20
/** Blocks of a MiB of zeros each, as often as wanted: each stands for itself. */
const zeros = new Deflater(full).deflate(new Uint8Array(mebibyte))
const zeroBlock = Buffer.concat([zeros, Uint8Array.of(0, 0, 255, 255)])
const bombSize = 256

/** Cases ws.deflate.1 and up. */
export const extendedDeflate: readonly ConformCase[] = numbered('ws.deflate', [
  breach('RSV1 on the second fragment of a message.', [
    text(helloDeflated.subarray(0, 5), { ...marked, fin: false }),
    cont(helloDeflated.subarray(5), marked),
  ]),
  breach('RSV1 on the second fragment of a message that is not compressed.', [
    text(hello, { fin: false }),
    cont(hello, marked),
  ]),
  breach('A compressed ping.', [ping(helloDeflated, marked)]),
  breach('A Close frame with RSV1.', [frame(8, Uint8Array.of(3, 232), marked)]),
  breach('A compressed message with RSV2.', [text(helloDeflated, { rsv: rsv1 | 2 })]),
  corrupt('A compressed message of which nothing is DEFLATE.', hex('ffffffffffffffff')),
  corrupt(
    'A compressed message that turns to garbage in the middle.',
    Buffer.concat([helloDeflated, hex('ffff07')]),
  ),
  corrupt('A compressed message that ends inside a block.', taken1.subarray(0, taken1.length >> 1)),
  {
    ...breach('A compressed text message that is not UTF-8 when it is inflated.', [
      text(new Deflater(full).deflate(hex('48656c6cc328')), marked),
    ]),
    expectation: `The peer fails the connection: 1007, or the end of TCP. ${unless}`,
    close: invalidText,
  },
  legal(
    'A message that is not compressed, and then one that is.',
    [text(hello), textMessage(hello)],
    [gotText(hello), gotText(hello)],
  ),
  legal('An empty message, compressed to the octet 00.', [text(hex('00'), marked)], [gotText('')]),
  legal(
    'A block that is not compressed, and then one that is.',
    [text(twoBlocks, marked)],
    [gotText(`stored${hello}`)],
  ),
  legal('A block with BFINAL set (RFC 7692 §7.2.3.4).', [text(finalBlock, marked)], [gotText(hello)]),
  legal(
    'A block with BFINAL set, and then an ordinary message.',
    [text(finalBlock, marked), text(helloDeflated, marked)],
    [gotText(hello), gotText(hello)],
  ),
  legal(
    'A message that refers to the one before.',
    [text(taken1, marked), text(taken2, marked)],
    [gotText(numbers), gotText(numbers)],
  ),
  legal(
    'The same message twice, the fuzzer takes over no context.',
    [textMessage(numbers), textMessage(numbers)],
    [gotText(numbers), gotText(numbers)],
    plan(alone),
  ),
  legal(
    'The same message twice, the peer may take over no context.',
    [textMessage(numbers), textMessage(numbers)],
    [gotText(numbers), gotText(numbers)],
    plan(full, alone),
  ),
  ownWindow(8),
  ownWindow(10),
  peerWindow(8),
  peerWindow(9),
  peerWindow(12),
  tolerable(
    'A message that refers to the one before, although the fuzzer agreed to take over no context.',
    alone,
    [text(taken1, marked), text(taken2, marked)],
    [gotText(numbers)],
    [gotText(numbers), gotText(numbers)],
  ),
  tolerable(
    'A message that refers further back than the window of 9 bits that was agreed.',
    { windowBits: 9, contextTakeover: true },
    [text(far, marked)],
    [],
    [gotText(farBack)],
  ),
  {
    description: `A compressed message of ${Math.round((zeroBlock.length * bombSize) / 1024)} KiB that inflates to ${bombSize} MiB.`,
    expectation: `The peer closes with 1009, or ends TCP, within 10 s. ${unless}`,
    steps: [binary(cycle(zeroBlock, zeroBlock.length * bombSize - 4), marked), killAfter(10)],
    expected: { OK: [] },
    close: { closedByMe: false, closeCode: [1009, 1007, 1008, 1011], requireClean: false },
    deflate: plan(full),
  },
  {
    ...legal('A compressed message of 1 KiB that inflates to 1 MiB.', [], []),
    steps: [binary(zeros, marked), killAfter(10)],
    expected: { OK: [gotBinary(new Uint8Array(mebibyte))] },
  },
])

/** Group 7: the closing handshake, its codes and its reason. */
import type { CloseRule, ConformCase, Step } from '../case.ts'
import {
  close,
  closeWith,
  conformCase,
  cont,
  cycle,
  fill,
  frame,
  gotText,
  hex,
  normalClose,
  onlyClosed,
  ping,
  text,
  utf8,
} from '../shorthand.ts'

const hello = 'Hello World!'

type Extra = Partial<ConformCase>

function closing(
  id: string,
  description: string,
  expectation: string,
  steps: readonly Step[],
  rule: CloseRule = normalClose,
  extra: Extra = {},
): ConformCase {
  return conformCase({ id, description, expectation, ...onlyClosed(steps, rule), ...extra })
}

/** The fuzzer closes, and the peer may answer with one of these codes or none. */
function answeredWith(codes: readonly number[], requireClean: boolean): CloseRule {
  return { closedByMe: true, closeCode: codes, requireClean }
}

const completes = 'The peer answers with 1000 or without a code, and the end is clean.'
const onlyClose = `Nothing comes back but the answer to the Close. ${completes}`
const refuses = 'The peer answers with 1002, or ends TCP.'

const basics: readonly ConformCase[] = [
  closing(
    '7.1.1',
    'A text message. The fuzzer closes when it has come back.',
    completes,
    [text(hello)],
    normalClose,
    {
      expected: { OK: [gotText(hello)] },
      keepsOpen: false,
    },
  ),
  closing('7.1.2', 'Two Close frames.', `The second is ignored. ${completes}`, [close(1000), frame(8)]),
  closing('7.1.3', 'A ping behind the Close frame.', onlyClose, [close(1000), ping()]),
  closing('7.1.4', 'A text message behind the Close frame.', onlyClose, [close(1000), text(hello)]),
  closing('7.1.5', 'A Close frame inside a message in fragments.', onlyClose, [
    text('fragment1', { fin: false }),
    close(1000),
    cont('fragment2'),
  ]),
  closing(
    '7.1.6',
    'A text message of 256 KiB, a short one, a Close frame and a ping, all at once.',
    'Not judged: shows whether messages that wait are answered before the Close.',
    [text(cycle(utf8('BAsd7&jh23'), 262_144)), text(hello), close(1000), ping()],
    normalClose,
    { expected: { OK: [gotText(hello)], 'NON-STRICT': [] }, hardCodes: false, informational: true },
  ),
]

const badReason = hex('cebae1bdb9cf83cebcceb5eda080656469746564')

const payloads: readonly ConformCase[] = [
  closing('7.3.1', 'A Close frame without payload.', completes, [closeWith('')]),
  closing('7.3.2', 'A Close frame of one octet.', refuses, [closeWith('a')], answeredWith([1002], false)),
  closing('7.3.3', 'A Close frame with a code.', completes, [close(1000)]),
  closing('7.3.4', 'A Close frame with a code and a reason.', completes, [close(1000, 'Hello World!')]),
  closing('7.3.5', 'A Close frame with the longest reason there may be, 123 octets.', completes, [
    close(1000, fill(0x2a, 123)),
  ]),
  closing(
    '7.3.6',
    'A Close frame with a reason of 124 octets: too long for a control frame.',
    refuses,
    [close(1000, fill(0x2a, 124))],
    answeredWith([1002], false),
  ),
  closing(
    '7.5.1',
    'A Close frame whose reason is not UTF-8.',
    'The peer answers with 1007 or 1002, or ends TCP.',
    [close(1000, badReason)],
    answeredWith([1002, 1007], false),
    { hexReason: true },
  ),
]

const valid = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999]
const invalid = [0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999]
const unjudged = [5000, 65_535]

/** Cases 7.1.1 to 7.13.2. */
export const closeHandling: readonly ConformCase[] = [
  ...basics,
  ...payloads,
  ...valid.map((code, i) =>
    closing(
      `7.7.${i + 1}`,
      `A Close frame with the valid code ${code}.`,
      'The peer answers with the same code, 1000 or none, and the end is clean.',
      [close(code)],
      answeredWith([1000, code], true),
      { keepsOpen: false },
    ),
  ),
  ...invalid.map((code, i) =>
    closing(
      `7.9.${i + 1}`,
      `A Close frame with the code ${code}, which must not be sent.`,
      refuses,
      [close(code)],
      answeredWith([1002], false),
      { keepsOpen: false },
    ),
  ),
  ...unjudged.map((code, i) =>
    closing(
      `7.13.${i + 1}`,
      `A Close frame with the code ${code}, which is not defined.`,
      'Not judged: RFC 6455 does not say.',
      [close(code)],
      answeredWith([1000, code, 1002], false),
      { keepsOpen: false, hardCodes: false, informational: true },
    ),
  ),
]

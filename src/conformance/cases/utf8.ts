/** Group 6: text messages, valid UTF-8 and not. */
import { isUtf8 } from 'node:buffer'
import type { ConformCase, Step } from '../case.ts'
import {
  closeAfter,
  conformCase,
  cont,
  gotText,
  hex,
  invalidText,
  killAfter,
  normalClose,
  text,
  textMessage,
  timeout,
  utf8,
  wait,
} from '../shorthand.ts'

const open = { fin: false }
const kosme = 'cebae1bdb9cf83cebcceb5'
const edited = '656469746564'
const sentence = utf8('Hello-µ@ßöäüàá-UTF-8!!')
/** Valid, then half of a surrogate pair, then valid. */
const surrogate = hex(`${kosme}eda080${edited}`)

const comesBack = 'The message comes back unchanged. Then the fuzzer closes with 1000.'
const isRefused = 'The peer fails the connection: 1007, or the end of TCP. Nothing comes back.'

function good(id: string, what: string, steps: readonly Step[], message: Uint8Array): ConformCase {
  return conformCase({
    id,
    description: what,
    expectation: comesBack,
    steps: [...steps, closeAfter(1)],
    expected: { OK: [gotText(message)] },
    close: normalClose,
  })
}

function bad(id: string, what: string, steps: readonly Step[], seconds: number): ConformCase {
  return conformCase({
    id,
    description: what,
    expectation: isRefused,
    steps: [...steps, killAfter(seconds)],
    expected: { OK: [] },
    close: invalidText,
  })
}

const fragments: readonly ConformCase[] = [
  good('6.1.1', 'A text message without payload.', [text()], hex('')),
  good(
    '6.1.2',
    'A text message of three fragments without payload.',
    [text('', open), cont('', open), cont()],
    hex(''),
  ),
  good(
    '6.1.3',
    'A text message of three fragments, only that in the middle with payload.',
    [text('', open), cont('middle frame payload', open), cont()],
    utf8('middle frame payload'),
  ),
  good('6.2.1', 'Valid text in one frame.', [textMessage(sentence)], sentence),
  good(
    '6.2.2',
    'Valid text in two fragments, cut between code points.',
    [text(sentence.subarray(0, 15), open), cont(sentence.subarray(15))],
    sentence,
  ),
  good('6.2.3', 'Valid text, each octet a fragment of its own.', [textMessage(sentence, 1)], sentence),
  good('6.2.4', 'Greek text, each octet a fragment of its own.', [textMessage(hex(kosme), 1)], hex(kosme)),
  bad('6.3.1', 'Text with a surrogate in it.', [textMessage(surrogate)], 1),
  bad(
    '6.3.2',
    'Text with a surrogate in it, each octet a fragment of its own.',
    [textMessage(surrogate, 1)],
    1,
  ),
]

/** Text that stops being valid in its second part: by a fast peer it is refused before the third. */
function failFast(
  n: number,
  what: string,
  parts: readonly [string, string, string],
  inOneFrame: boolean,
): ConformCase {
  const [first, second, third] = parts.map(hex) as [Uint8Array, Uint8Array, Uint8Array]
  const length = first.length + second.length + third.length
  const part = (octets: Uint8Array): Step => ({ do: 'part', octets })
  const steps: readonly Step[] = inOneFrame
    ? [
        { do: 'begin', opcode: 1, fin: false, length },
        part(first),
        wait(1, 'A'),
        part(second),
        wait(1, 'B'),
        part(third),
        cont(),
      ]
    : [text(first, open), wait(1, 'A'), cont(second, open), wait(1, 'B'), cont(third)]
  return conformCase({
    id: `6.4.${n}`,
    description: `${what}, 1 s between the parts.`,
    expectation:
      'The peer fails the connection as soon as the second part has come: 1007, or the end of TCP. After the third part the case is NON-STRICT.',
    steps: [...steps, killAfter(1)],
    expected: { OK: [timeout('A')], 'NON-STRICT': [timeout('A'), timeout('B')] },
    close: invalidText,
  })
}

const between: readonly [string, string, string] = [kosme, 'f4908080', edited]
const within: readonly [string, string, string] = [`${kosme}f4`, '90', `8080${edited}`]

const fastFailures: readonly ConformCase[] = [
  failFast(1, 'Three fragments, a code point above U+10FFFF in the second', between, false),
  failFast(2, 'Three fragments, the bad octet alone in the second', within, false),
  failFast(3, 'One frame in three parts, a code point above U+10FFFF in the second', between, true),
  failFast(4, 'One frame in three parts, the bad octet alone in the second', within, true),
]

/** Octets `from` to `to` as hex, each followed by `after`. */
function range(from: number, to: number, after = ''): string {
  return Array.from({ length: to - from + 1 }, (_, i) => (from + i).toString(16) + after).join('')
}

const withoutEnd = ['c0 e080 f08080 f8808080 fc80808080', 'df efbf f7bfbf fbbfbfbf fdbfbfbfbf'].flatMap(row =>
  row.split(' '),
)

/** Code points of which each plane has two, at its end, that are no characters. */
const noncharacters = Array.from({ length: 17 }, (_, plane) =>
  [0xfffe, 0xffff].map(end => plane * 0x1_0000 + end),
)
  .flat()
  .map(code => Buffer.from(String.fromCodePoint(code), 'utf8').toString('hex'))

/** Sub-groups 6.5 to 6.23: what they hold, and the octets of each case. */
const sequences: readonly (readonly [string, readonly string[]])[] = [
  [
    'Valid text',
    [
      ...['hello$world', 'hello¢world', 'hello€world', 'hello𤭢world'].map(t =>
        Buffer.from(t).toString('hex'),
      ),
      kosme,
    ],
  ],
  [
    'A beginning of Greek text',
    Array.from({ length: kosme.length / 2 }, (_, i) => kosme.slice(0, 2 * i + 2)),
  ],
  ['The first code point of its length', ['00', 'c280', 'e0a080', 'f0908080']],
  ['The first sequence of a length that UTF-8 does not have', ['f888808080', 'fc8480808080']],
  ['The last code point of its length', ['7f', 'dfbf', 'efbfbf', 'f48fbfbf']],
  ['The last sequence of a length, above U+10FFFF', ['f7bfbfbf', 'fbbfbfbfbf', 'fdbfbfbfbfbf']],
  ['A code point beside a boundary', ['ed9fbf', 'ee8080', 'efbfbd', 'f48fbfbf', 'f4908080']],
  [
    'Continuation octets without a lead octet',
    ['80', 'bf', '80bf', '80bf80', '80bf80bf', '80bf80bf80', '80bf80bf80bf', range(0x80, 0xbe)],
  ],
  [
    'Lead octets, a space behind each',
    [
      range(0xc0, 0xde, '20'),
      range(0xe0, 0xee, '20'),
      range(0xf0, 0xf6, '20'),
      range(0xf8, 0xfa, '20'),
      range(0xfc, 0xfc, '20'),
    ],
  ],
  ['A sequence whose last octet is missing', withoutEnd],
  ['All those sequences behind each other', [withoutEnd.join('')]],
  ['Octets that UTF-8 never uses', ['fe', 'ff', 'fefeffff']],
  ['A slash, overlong', ['c0af', 'e080af', 'f08080af', 'f8808080af', 'fc80808080af']],
  [
    'The greatest overlong sequence of its length',
    ['c1bf', 'e09fbf', 'f08fbfbf', 'f887bfbfbf', 'fc83bfbfbfbf'],
  ],
  ['NUL, overlong', ['c080', 'e08080', 'f0808080', 'f880808080', 'fc8080808080']],
  ['One surrogate', ['eda080', 'edadbf', 'edae80', 'edafbf', 'edb080', 'edbe80', 'edbfbf']],
  [
    'A pair of surrogates',
    ['eda080', 'edadbf', 'edae80', 'edafbf'].flatMap(high => ['edb080', 'edbfbf'].map(low => high + low)),
  ],
  ['A code point that is no character', noncharacters],
  ['A special', ['efbfb9', 'efbfba', 'efbfbb', 'efbfbc', 'efbfbd', 'efbfbe', 'efbfbf']],
]

function sequence(id: string, what: string, digits: string): ConformCase {
  const octets = hex(digits)
  const valid = isUtf8(octets)
  const steps = [textMessage(octets)]
  const description = `${what}: ${digits} is ${valid ? 'valid' : 'not valid'}.`
  if (!valid) return bad(id, description, steps, 0.5)
  return conformCase({
    id,
    description,
    expectation: comesBack,
    steps: [...steps, killAfter(0.5)],
    expected: { OK: [gotText(octets)] },
    close: normalClose,
  })
}

/** Cases 6.1.1 to 6.23.7. */
export const utf8Handling: readonly ConformCase[] = [
  ...fragments,
  ...fastFailures,
  ...sequences.flatMap(([what, rows], i) =>
    rows.map((digits, n) => sequence(`6.${i + 5}.${n + 1}`, what, digits)),
  ),
]

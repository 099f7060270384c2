/** Text that wants to do more on a screen than be read. */
import fc from 'fast-check'
import { eachCharacter } from '../../src/tui/text.ts'

/**
 * Code points that a cell must never hold: controls, halves of characters, and what directs, joins, has no width or ends a
 * line. Written down apart from what the code takes for unfit.
 */
const hostileRanges = [
  ...[0x00, 0x1f, 0x7f, 0x9f, 0xad, 0xad, 0x300, 0x36f, 0x61c, 0x61c, 0x115f, 0x11ff, 0x180b, 0x180f],
  ...[0x200b, 0x200f, 0x2028, 0x202e, 0x2060, 0x206f, 0x20d0, 0x20f0, 0x3164, 0x3164, 0xd800, 0xdfff],
  ...[
    0xfe00, 0xfe0f, 0xfeff, 0xfeff, 0xfff9, 0xfffb, 0x1_f1e6, 0x1_f1ff, 0x1_f3fb, 0x1_f3ff, 0xe_0000,
    0xe_0fff,
  ],
]

/** True when a cell must not hold `char`, one code point. */
export function isHostile(char: string): boolean {
  const code = char.codePointAt(0)!
  const isListed = hostileRanges.some((low, i) => i % 2 === 0 && code >= low && code <= hostileRanges[i + 1]!)
  return isListed || /\p{Bidi_Control}|\p{Mark}/u.test(char)
}

/** Characters of each kind: narrow, wide, of no width, controls, halves. */
const character = fc.oneof(
  fc.constantFrom('a', 'é', '→', '…', '日', 'ｱ', '\u{1f600}', '가', '\u3000'),
  fc.constantFrom(
    '\x1b',
    '\0',
    '\x7f',
    '\x9b',
    '\u0301',
    '\u200d',
    '\u202e',
    '\ufe0f',
    '\ud83d',
    '\ude00',
    '\u{1f3fd}',
  ),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
  fc.integer({ min: 0, max: 0xffff }).map(unit => String.fromCharCode(unit)),
)

export const hostileText = fc.array(character, { maxLength: 30 }).map(characters => characters.join(''))

/** The characters that cells hold for a text. */
export function printable(text: string, ascii = false): string {
  let shown = ''
  eachCharacter(text, ascii, char => {
    shown += char
    return true
  })
  return shown
}

/** The names of keys, from what terminals send for them: ECMA-48 sequences as xterm, kitty and the Linux console use them. */

/** By the letter that ends CSI or SS3. */
const letters: Readonly<Record<string, string>> = {
  ...{ A: 'up', B: 'down', C: 'right', D: 'left', H: 'home', F: 'end' },
  ...{ P: 'f1', Q: 'f2', R: 'f3', S: 'f4' },
}

/** By the number before `~`. */
const numbers: Readonly<Record<number, string>> = {
  ...{ 1: 'home', 2: 'insert', 3: 'delete', 4: 'end', 5: 'pageup', 6: 'pagedown', 7: 'home', 8: 'end' },
  ...{ 11: 'f1', 12: 'f2', 13: 'f3', 14: 'f4', 15: 'f5', 17: 'f6', 18: 'f7', 19: 'f8', 20: 'f9', 21: 'f10' },
  ...{ 23: 'f11', 24: 'f12' },
}

/** By code point. */
const codes: Readonly<Record<number, string>> = {
  ...{ 8: 'backspace', 9: 'tab', 10: 'enter', 13: 'enter', 27: 'escape', 127: 'backspace' },
}

/** The number before `~` that says: a key of its own code point, with modifiers (xterm's modifyOtherKeys). */
const otherKey = 27

/** Bits of a modifier parameter, which is one more than their sum. Foreign are Super, Hyper and Meta. */
const Modifier = { shift: 1, alt: 2, control: 4, foreign: 8 | 16 | 32, locks: 64 | 128 } as const

/** The event of a key that is let go. */
const released = 3

/** The key of a control octet, 0x00 to 0x1f or 0x7f. */
export function controlKey(octet: number): string {
  if (octet === 0) return 'C-space'
  return codes[octet] ?? `C-${String.fromCharCode(octet | 0x40).toLowerCase()}`
}

/** The key of a character that is typed, or null for a control, which is no character to type. */
export function characterKey(char: string): string | null {
  if (char === ' ') return 'space'
  return /^[^\p{Cc}\p{Cs}]$/u.test(char) ? char : null
}

/** The key of `ESC O final`; null where there is none. */
export function ss3Key(final: string): string | null {
  if (final === 'M') return 'enter'
  // The keypad: `j` to `y` for `*` to `9`.
  if (final >= 'j' && final <= 'y') return String.fromCharCode(final.charCodeAt(0) - 0x40)
  return letters[final] ?? null
}

/** The key of `CSI parameters final`; null where it is none, such as an answer of the terminal or a key let go. */
export function csiKey(parameters: string, final: string): string | null {
  // The Linux console has `CSI [ A` to `CSI [ E`.
  if (parameters === '[') return final >= 'A' && final <= 'E' ? `f${final.charCodeAt(0) - 0x40}` : null
  if (!/^[\d:;]*$/.test(parameters)) return null
  const fields = parameters.split(';').map(field => field.split(':').map(Number))
  const [first = 0, shifted = 0] = fields[0] ?? []
  const [modifier = 0, event = 0] = fields[1] ?? []
  if (event === released) return null
  const bits = Math.max(0, modifier - 1)
  if (final === 'Z') return 'S-tab'
  if (final === 'u') return codeKey(first, shifted, bits)
  if (final === '~' && first === otherKey) return codeKey(fields[2]?.[0] ?? 0, 0, bits)
  // With two numbers it is where the cursor stands.
  if (final === 'R' && fields.length > 1) return null
  const name = final === '~' ? numbers[first] : letters[final]
  return name === undefined ? null : modified(name, bits)
}

/** The key of code point `code`, or of `shifted`, which it is with Shift where the terminal says so. */
function codeKey(code: number, shifted: number, bits: number): string | null {
  const name = codes[code]
  if (name !== undefined) return modified(name, bits)
  if (!isCharacter(code)) return null
  const char = String.fromCodePoint(code)
  if ((bits & ~Modifier.locks) > Modifier.shift) return modified(characterKey(char.toLowerCase()), bits)
  if ((bits & Modifier.shift) === 0) return characterKey(char)
  return characterKey(isCharacter(shifted) ? String.fromCodePoint(shifted) : char.toUpperCase())
}

/** False for what kitty has in the private use area: keys of their own, which nothing here is bound to. */
function isCharacter(code: number): boolean {
  return code >= 0x20 && code <= 0x10_ffff && !(code >= 0xe000 && code <= 0xf8ff)
}

/** `C-M-S-name`; null with a modifier that no key here has. */
function modified(name: string | null, bits: number): string | null {
  if (name === null || (bits & Modifier.foreign) !== 0) return null
  const control = (bits & Modifier.control) === 0 ? '' : 'C-'
  const alt = (bits & Modifier.alt) === 0 ? '' : 'M-'
  const shift = (bits & Modifier.shift) === 0 ? '' : 'S-'
  return control + alt + shift + name
}

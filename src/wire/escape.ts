/** Wire text is hostile. The data stays raw; each output escapes for its own medium, here and nowhere else. */

/**
 * What a terminal obeys, what is invisible and what makes text look like other text: controls, format characters (direction
 * overrides, zero width, tags), surrogates on their own, line and paragraph separators.
 */
const hostile = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu

/** Most text is this: printable ASCII, and what our own lines have beside it. Looking up properties costs far more. */
const harmless = /^[ -~…→×]*$/

/** `\x1b` up to U+00FF, `\u{202e}` above. */
function escaped(char: string): string {
  const code = char.codePointAt(0) ?? 0
  const hex = code.toString(16)
  return code < 0x100 ? `\\x${hex.padStart(2, '0')}` : `\\u{${hex}}`
}

/** Text that may go to a terminal, as one line: no control character, no override of direction, nothing invisible. */
export function escapeForTerminal(text: string): string {
  return harmless.test(text) ? text : text.replace(hostile, escaped)
}

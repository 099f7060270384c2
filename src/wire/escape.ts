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

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Text that may stand in HTML, in an element as in a quoted attribute. Lines stay lines; what is invisible is shown. */
export function escapeForHtml(text: string): string {
  const shown = text.includes('\n')
    ? text.split(/\r?\n/).map(escapeForTerminal).join('\n')
    : escapeForTerminal(text)
  return shown.replace(/[&<>"']/g, char => entities[char] ?? char)
}

/** JSON that may stand in a `<script>`: nothing in it ends that element or begins another, and no line of it is two. */
export function escapeForScript(json: string): string {
  return json.replace(/[<>&\u2028\u2029]/g, char => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

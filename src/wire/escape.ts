/** Wire text is hostile. The data stays raw; each output escapes for its own medium, here and nowhere else. */

/** Code points that a terminal obeys, or that make text look like other text. */
function isHostile(code: number): boolean {
  if (code < 0x20 || (code >= 0x7f && code <= 0x9f)) return true // C0, DEL, C1
  if (code < 0xad) return false
  if (code === 0xad || code === 0x61c || code === 0xfeff) return true // soft hyphen, Arabic letter mark, BOM
  if (code === 0x180e) return true // Mongolian vowel separator
  if (code >= 0x200b && code <= 0x200f) return true // zero width, direction marks
  if (code >= 0x2028 && code <= 0x202e) return true // line and paragraph separators, direction overrides
  if (code >= 0x2060 && code <= 0x206f) return true // word joiner, isolates, deprecated format characters
  if (code >= 0xd800 && code <= 0xdfff) return true // a surrogate on its own
  if (code >= 0xfff9 && code <= 0xfffb) return true // interlinear annotation
  return code >= 0xe0000 && code <= 0xe007f // tags
}

/** `\x1b` up to U+00FF, `\u{202e}` above. */
function escaped(code: number): string {
  const hex = code.toString(16)
  return code < 0x100 ? `\\x${hex.padStart(2, '0')}` : `\\u{${hex}}`
}

/** Text that may go to a terminal, as one line: no control character, no override of direction, nothing invisible. */
export function escapeForTerminal(text: string): string {
  let safe = ''
  let kept = 0
  for (let i = 0; i < text.length;) {
    const code = text.codePointAt(i) ?? 0
    const width = code > 0xffff ? 2 : 1
    if (isHostile(code)) {
      safe += text.slice(kept, i) + escaped(code)
      kept = i + width
    }
    i += width
  }
  return kept === 0 ? text : safe + text.slice(kept)
}

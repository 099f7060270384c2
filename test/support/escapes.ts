/** What a terminal is sent, taken apart by the one grammar that wsinspect writes. */

/** Alternatives, tried in this order at each position. */
const grammar = new RegExp(
  [
    String.raw`\x1b[78=>]`, // cursor saved, restored; keypad
    String.raw`\x1b\[\?(?:1|12|25|1000|1006|1007|1049|2004|2026)[hl]`, // modes
    String.raw`\x1b\[\?1007[sr]`, // a mode saved, restored
    String.raw`\x1b\[\d*(?:;\d+)?[HGCrJ]`, // cursor, margins, clear
    String.raw`\x1b\[(?:(?:[147]|[34]8;5;\d{1,3}|[349][0-7]|10[0-7])(?:;(?=\d)|(?=m)))*m`, // looks; never hidden
    String.raw`\x1b\]52;c;[\w+/=]*(?:\x07|\x1b\\)`, // the clipboard
    String.raw`[^\p{C}\p{M}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]+`, // what is drawn
  ].join('|'),
  'uy',
)

/**
 * The escape sequences of a stream of UTF-8, in order, without the text between them. Throws on anything else that a terminal
 * obeys or hides.
 */
export function escapesOf(raw: Uint8Array): string[] {
  const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(raw)
  const escapes: string[] = []
  grammar.lastIndex = 0
  for (let at = 0; at < text.length; at = grammar.lastIndex) {
    const [token] = grammar.exec(text) ?? []
    if (token === undefined) throw new Error(`at ${at}: ${JSON.stringify(text.slice(at, at + 40))}`)
    if (token.startsWith('\x1b')) escapes.push(token)
  }
  return escapes
}

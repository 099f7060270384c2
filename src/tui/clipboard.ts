/** Text to the clipboard of whoever sits at the terminal, also over SSH and through tmux: OSC 52. */

/** Octets of base64 that terminals take; some cut or refuse more. */
export const clipboardLimit = 74_994

/** What to write to the terminal to copy `text`, or null where it is too long to be sure that all of it arrives. */
export function clipboardSequence(text: string): string | null {
  const encodedLength = Math.ceil(Buffer.byteLength(text) / 3) * 4
  if (encodedLength > clipboardLimit) return null
  return `\x1b]52;c;${Buffer.from(text).toString('base64')}\x07`
}

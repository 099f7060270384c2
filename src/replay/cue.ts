/** What of the peer a replay waits for before it goes on. */
import type { Said } from './said.ts'

/**
 * True for what is waited for where the answers are to be those recorded: heads, messages, Close and the end of TCP. Pings and
 * pongs come when they come; what cannot be read depends on chops.
 */
export function isCue(said: Said): boolean {
  if (said.type === 'end') return said.state !== 'closed'
  return isAnswer(said) || said.type === 'close'
}

/** True for what is waited for where they need not be: a peer that does better closes later, or not at all. */
export function isAnswer(said: Said): boolean {
  return said.type === 'head' || said.type === 'message'
}

/** How a connection ended, compared: Close frames, the end of TCP, and who was first with either. */
import type { Side } from '../protocol/side.ts'
import type { Difference, SameEnds } from './difference.ts'
import type { Said } from './said.ts'

type Close = Extract<Said, { type: 'close' }>
type End = Extract<Said, { type: 'end' }>

/** How one connection ended. */
export class ConnectionEnds {
  readonly #closes: Partial<Record<Side, Close>> = {}
  readonly #ends: Partial<Record<Side, End>> = {}
  readonly #gaps = new Set<Side>()
  #firstClose: Side | null = null
  #firstEnd: Side | null = null

  add(said: Said): void {
    const { from } = said
    if (said.type === 'close') {
      this.#closes[from] ??= said
      this.#firstClose ??= from
    } else if (said.type === 'end') {
      this.#ends[from] ??= said
      // What wsinspect closes itself is no doing of either.
      if (said.state !== 'closed') this.#firstEnd ??= from
    } else if (said.type === 'unread' && said.missing) this.#gaps.add(from)
  }

  /** How `got` differs, as far as the words of `sides` go. */
  differences(got: ConnectionEnds, sides: readonly Side[]): Difference[] {
    const found = sides.flatMap(from => [
      ...this.#closeDifference(got, from),
      ...this.#endDifference(got, from),
    ])
    const isKnown = this.#gaps.size + got.#gaps.size === 0
    // Of a side that is not compared nobody asks why it was first.
    const isOther = (expected: Side | null, first: Side | null): first is Side =>
      expected !== null && first !== null && expected !== first && sides.includes(first)
    if (isKnown && isOther(this.#firstClose, got.#firstClose))
      found.push(difference('close', got.#firstClose, 'who closes first', this.#firstClose, got.#firstClose))
    if (this.#hasEnded && got.#hasEnded && isOther(this.#firstEnd, got.#firstEnd))
      found.push(difference('end', got.#firstEnd, 'who ends TCP first', this.#firstEnd, got.#firstEnd))
    return found
  }

  /** What is the same of both, as far as the words of `sides` go. */
  same(got: ConnectionEnds, sides: readonly Side[]): SameEnds {
    const alike = (textOf: (ends: ConnectionEnds, from: Side) => string | null) =>
      sides.flatMap(from => {
        const text = textOf(this, from)
        return text !== null && text === textOf(got, from) ? [{ from, text }] : []
      })
    return {
      closes: alike((ends, from) => closeText(ends.#closes[from])),
      // What wsinspect closes itself is no end of the peer.
      tcp: alike((ends, from) => (ends.#ends[from]?.state === 'closed' ? null : endText(ends.#ends[from]))),
    }
  }

  get #hasEnded(): boolean {
    return this.#ends.client !== undefined && this.#ends.server !== undefined
  }

  #closeDifference(other: ConnectionEnds, from: Side): Difference[] {
    const expected = this.#closes[from]
    const got = other.#closes[from]
    // What is missing in a record may be the Close.
    if (this.#gaps.has(from) && expected === undefined) return []
    if (other.#gaps.has(from) && got === undefined) return []
    const [a, b] = [closeText(expected), closeText(got)]
    return a === b ? [] : [difference('close', from, `${from} Close`, a, b)]
  }

  #endDifference(other: ConnectionEnds, from: Side): Difference[] {
    const expected = this.#ends[from]
    const got = other.#ends[from]
    // A record that ends before the connection does says nothing of its end.
    if (expected === undefined) return []
    const [a, b] = [endText(expected), endText(got)]
    // What wsinspect closes itself is no doing of the peer.
    const isOurs = [expected.state, got?.state].includes('closed')
    return a === b || isOurs ? [] : [difference('end', from, `${from} end of TCP`, a, b)]
  }
}

function closeText(close: Close | undefined): string | null {
  if (close === undefined) return null
  if (close.code === null) return 'no code'
  return close.reason === '' ? String(close.code) : `${close.code} ${close.reason}`
}

function endText(end: End | undefined): string | null {
  if (end === undefined) return null
  return end.unfinished === null ? end.state : `${end.state} inside ${end.unfinished}`
}

function difference(
  what: 'close' | 'end',
  from: Side,
  subject: string,
  expected: string | null,
  got: string | null,
): Difference {
  const verb = expected === null ? 'was not expected' : got === null ? 'did not come' : 'differs'
  return { what, from, ordinal: 1, expected, got, text: `${subject} ${verb}` }
}

/** What `y` and `Y` take of a row: as text for the clipboard, as octets for a file. */
import type { WireLog } from '../wire/log.ts'
import { copyText, type CopyKind } from './detail/copy.ts'
import { subjectOf, type Subject } from './detail/subject.ts'
import { wholeMessage, type WholeMessage } from './detail/whole-message.ts'
import { cursorRow } from './log-state.ts'
import type { Model } from './model.ts'

/** What can be copied, by the key that chooses it. */
export const copies: Readonly<Record<CopyKind, { key: string; text: string }>> = {
  payload: { key: 'p', text: 'payload' },
  hex: { key: 'h', text: 'hex' },
  json: { key: 'l', text: 'JSON line' },
  transcript: { key: 't', text: 'transcript' },
}

/** The copy that a key chooses; null: none. */
export function copyOf(key: string): CopyKind | null {
  return (Object.keys(copies) as CopyKind[]).find(kind => copies[kind].key === key) ?? null
}

/** The text of the row that is open or at the cursor; null where there is no such thing. */
export function copiedText(model: Model, kind: CopyKind): string | null {
  const subject = subjectAt(model)
  return subject === null ? null : copyText(subject, kind)
}

/** What is not in the text, in words; null where all is. */
export function cutOfCopy(model: Model, kind: CopyKind): string | null {
  return kind === 'payload' ? (subjectAt(model)?.message?.cut ?? null) : null
}

/** The octets of a payload, and what is not there of it, in words. */
export interface SavedPayload {
  octets: Uint8Array
  cut: string | null
}

/** Its payload for a file, of the message where the frame is part of one, as far as the log still has it; null without one. */
export function savedPayload(model: Model): SavedPayload | null {
  const subject = subjectAt(model)
  if (subject === null || subject.content === null) return null
  const { content, message } = subject
  const whole = wholeMessageOf(subject, model.log.log)
  if (whole !== null && whole.octets !== null) return { octets: whole.octets, cut: whole.cut }
  return { octets: content.octets, cut: message?.cut ?? null }
}

/** Its message at any length; null where the log has it no more. */
function wholeMessageOf({ frame, deflate }: Subject, log: WireLog): WholeMessage | null {
  if (frame === null || frame.seq < log.first) return null
  return wholeMessage(log, frame.seq, Infinity, deflate)
}

function subjectAt({ detail, log }: Model): Subject | null {
  if (detail !== null) return detail.subject
  const row = cursorRow(log)
  return row < 0 ? null : subjectOf(log.log, row)
}

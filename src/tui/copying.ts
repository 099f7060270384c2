/** What `y` and `Y` take of a row: as text for the clipboard, as octets for a file. */
import { copyText, type CopyKind } from './detail/copy.ts'
import { subjectOf, type Subject } from './detail/subject.ts'
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

/** Its payload as `y` copies it: of the message where that is inflated, else of the frame; null without one. */
export function copiedPayload(model: Model): Uint8Array | null {
  const subject = subjectAt(model)
  return subject?.content?.octets ?? null
}

function subjectAt({ detail, log }: Model): Subject | null {
  if (detail !== null) return detail.subject
  const row = cursorRow(log)
  return row < 0 ? null : subjectOf(log.log, row)
}

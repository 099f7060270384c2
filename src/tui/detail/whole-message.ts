/** The message that a frame is part of, whichever of its frames that is. */
import { rsv1 } from '../../protocol/frame.ts'
import { Opcode } from '../../protocol/opcode.ts'
import type { MessageSummary } from '../../wire/entry.ts'
import type { Payload, WireLog } from '../../wire/log.ts'
import { messageRows, startsMessage } from './neighbours.ts'

export interface WholeMessage {
  kind: 'text' | 'binary'
  /** Its frames that are kept, and which of them, from 1, the row is. */
  frames: number
  position: number
  compressed: boolean
  /** Its octets, inflated where it was compressed: a copy, or its beginning; null where there are none to show. */
  octets: Uint8Array | null
  /** What is not there of it and why, in words; null when all is. */
  cut: string | null
  /** What its last frame says of it; null while that has not come. */
  summary: MessageSummary | null
}

/** What is not there, as the end of a sentence. */
export function cutText(cut: string | null): string {
  return cut === null ? '' : `; not all of it: ${cut}`
}

/** The message of the frame at `row`, at most `limit` octets of it; null where the frame is part of none. */
export function wholeMessage(
  log: WireLog,
  row: number,
  limit: number,
  deflate: boolean,
): WholeMessage | null {
  const rows = messageRows(log, row)
  const [first = row] = rows
  const last = rows.at(-1) ?? row
  if (rows.length === 0) return null
  const entry = log.entry(last)
  const summary = entry.type === 'frame' ? entry.message : null
  const compressed = summary?.compressed ?? (deflate && (log.frames.rsv(first) & rsv1) !== 0)
  const kept = compressed ? inflated(log, last, summary, limit) : gathered(log, rows, limit)
  return {
    kind: log.frames.messageOpcode(row) === Opcode.text ? 'text' : 'binary',
    frames: rows.length,
    position: rows.indexOf(row) + 1,
    compressed,
    octets: kept.octets,
    cut: startsMessage(log, first) ? cutOf(kept, summary) : 'its first frames are no longer kept',
    summary,
  }
}

function cutOf({ octets, length }: Payload, summary: MessageSummary | null): string | null {
  if (summary === null) return 'its last frame has not come'
  if (summary.inflate !== null && summary.inflate !== 'ok') return failures[summary.inflate]
  if (octets === null) return 'its octets are no longer kept'
  return octets.length < length ? `the first ${octets.length} of ${length} octets` : null
}

const failures = {
  capped: 'not inflated: it is over the limit',
  lost: 'not inflated: it refers to octets that were not seen',
  corrupt: 'not inflated: its data is corrupt',
}

function inflated(log: WireLog, last: number, summary: MessageSummary | null, limit: number): Payload {
  if (summary?.inflate !== 'ok') return { octets: null, length: 0 }
  return log.message(last, limit)
}

function gathered(log: WireLog, rows: readonly number[], limit: number): Payload {
  const pieces: Uint8Array[] = []
  let room = limit
  let length = 0
  for (const row of rows) {
    const payload = log.payload(row, room)
    if (payload.octets === null) return { octets: null, length: 0 }
    pieces.push(payload.octets)
    room -= payload.octets.length
    length += payload.length
  }
  return { octets: Buffer.concat(pieces), length }
}

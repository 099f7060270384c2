/** Values of the connections listed, for a filter that is typed. */
import type { Seen } from '../wire/filter/completion.ts'
import type { Connection } from './connection.ts'
import type { ConnectionList } from './connection-list.ts'

/** By field, as the filter compares it. */
const valueOf: Readonly<Record<string, (connection: Connection) => string | null>> = {
  conn: ({ conn }) => String(conn),
  path: ({ path }) => path?.split('?', 1)[0] ?? null,
  proto: ({ subprotocol }) => subprotocol,
  code: ({ verdict }) => verdict?.code?.toString() ?? null,
}

/** What a field has been so far, the newest first. */
export function seenIn(list: ConnectionList): Seen {
  return field => {
    const of = Object.hasOwn(valueOf, field) ? valueOf[field] : undefined
    if (of === undefined) return []
    const values = new Set(list.all().reverse().map(of))
    return [...values].filter(value => value !== null)
  }
}

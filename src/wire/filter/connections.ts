/** Texts of a connection, from the rows that told of it. Each is known from that row on, and stays so when it is gone. */
import { listOf, parseRequestLine, valuesOf } from '../../protocol/http-head.ts'
import type { Handshake } from '../entry.ts'
import type { WireLog } from '../log.ts'
import type { Side } from '../../protocol/side.ts'
import type { TextOf } from './kinds.ts'

/** The client's address without its port, and an IPv6 address without brackets. */
export const clientAddress: TextOf = (log, row) => {
  const open = log.connection(log.conn(row))?.open?.remark ?? null
  return open === null ? null : withoutPort(open.client).replaceAll(/[[\]]/g, '')
}

/** The path of the latest upgrade request, without its query. */
export const path = ofHead(
  'client',
  head => parseRequestLine(head.startLine)?.target.split('?', 1)[0] ?? null,
)

/** The host that it was sent to, as it says itself. */
export const host = ofHead('client', head => {
  const [value] = valuesOf(head, 'Host')
  return value === undefined ? null : withoutPort(value)
})

/** The subprotocol of the response. */
export const subprotocol = ofHead('server', head => listOf(head, 'Sec-WebSocket-Protocol')[0] ?? null)

/** A text of a head; worked out once for each head. */
function ofHead(side: Side, textOf: (head: Handshake) => string | null): TextOf {
  const known = new WeakMap<Handshake, string | null>()
  return (log: WireLog, row: number) => {
    const told = log.connection(log.conn(row))?.[side] ?? null
    if (told === null || told.row > row) return null
    let text = known.get(told.remark)
    if (text === undefined) known.set(told.remark, (text = textOf(told.remark)))
    return text
  }
}

/** A host without `:port`; an IPv6 address keeps its brackets. */
function withoutPort(host: string): string {
  const colon = host.lastIndexOf(':')
  return colon > host.lastIndexOf(']') ? host.slice(0, colon) : host
}

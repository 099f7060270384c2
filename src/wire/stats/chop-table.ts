/** The table of octets by chop size, as Autobahn's reports have it. */
import { boundsOf, bucketOf } from './histogram.ts'
import type { SentSummary } from './sent.ts'
import type { Summary } from './statistics.ts'
import { keysOf, range, row, type Table } from './table.ts'

/** Sizes shown one by one; more are put together by powers of two. */
const sizeRows = 16

/** Chops of one size, or of several: how many, and what they carried. */
interface Group {
  chops: number
  octets: number
}

type Groups = ReadonlyMap<number, Group>

export function chopTable(summary: Summary): Table {
  const { client, server } = summary
  const sizes = keysOf(client.octets.bySize, server.octets.bySize).map(Number)
  const isShort = sizes.length <= sizeRows
  const groupOf = isShort ? (size: number) => size : bucketOf
  const groups = { client: grouped(client, groupOf), server: grouped(server, groupOf) }
  const rows = [...new Set(sizes.map(groupOf))].map(group => {
    const { from, to } = isShort ? { from: group, to: group } : boundsOf(group)
    return row(range(from, to), groups, chopsOf(group), octetsOf(group))
  })
  if (client.octets.other + server.octets.other > 0) {
    rows.push(row('other sizes', groups, chopsOf(others), octetsOf(others)))
  }
  if (rows.length > 0) {
    const total = row(
      'total',
      summary,
      sent => sent.octets.chops,
      sent => sent.octets.total,
    )
    rows.push(total)
  }
  const head = ['size', 'client chops', 'octets', 'server chops', 'octets']
  return { title: 'octets by chop size', head, rows }
}

/** The group of chops whose size is not told. */
const others = -1

function grouped({ octets }: SentSummary, groupOf: (size: number) => number): Groups {
  const rest: Group = { chops: octets.other, octets: octets.total }
  const groups = new Map([[others, rest]])
  for (const [text, chops] of Object.entries(octets.bySize)) {
    const size = Number(text)
    const group = groups.get(groupOf(size)) ?? { chops: 0, octets: 0 }
    group.chops += chops
    group.octets += size * chops
    groups.set(groupOf(size), group)
    rest.octets -= size * chops
  }
  return groups
}

function chopsOf(group: number): (groups: Groups) => number {
  return groups => groups.get(group)?.chops ?? 0
}

function octetsOf(group: number): (groups: Groups) => number {
  return groups => groups.get(group)?.octets ?? 0
}

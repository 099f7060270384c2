/** Distributions as bars: rows of buckets for both sides, each bar as long as its share. */
import { boundsOf, bucketOf, type Bucket } from '../../wire/stats/histogram.ts'
import type { SentSummary } from '../../wire/stats/sent.ts'
import { octetsText } from '../units.ts'

const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉']

/** A bar of at most `columns`, to an eighth of one; what is more than nothing shows. */
export function bar(share: number, columns: number): string {
  const length = share <= 0 ? 0 : Math.max(1, Math.round(Math.min(1, share) * columns * 8))
  return '█'.repeat(length >> 3) + (eighths[length & 7] ?? '')
}

/** `48%`, and `<1%` for what is less but not nothing. */
export function percentText(share: number): string {
  return share > 0 && share < 0.01 ? '<1%' : `${Math.round(share * 100)}%`
}

/** How many of each side lie from `from` to `to`. */
export interface BucketRow {
  from: number
  to: number
  client: number
  server: number
}

/** Buckets of both sides in at most `limit` rows: neighbours are put together until that is enough. */
export function bucketRows(client: readonly Bucket[], server: readonly Bucket[], limit: number): BucketRow[] {
  const all = [
    ...client.map(({ from, to, count }) => ({ from, to, client: count, server: 0 })),
    ...server.map(({ from, to, count }) => ({ from, to, client: 0, server: count })),
  ].sort((a, b) => a.from - b.from)
  // Single values and ranges do not stand beside each other.
  let powers = all.every(({ from, to }) => from === to) ? 0 : 1
  let rows = merged(all, powers)
  while (rows.length > limit && powers < 64) rows = merged(all, ++powers)
  return rows
}

/** Rows with the same bounds become one; or those within as many `powers` of two. */
function merged(rows: readonly BucketRow[], powers: number): BucketRow[] {
  const keyOf = (from: number) => (powers === 0 ? from : Math.floor(bucketOf(from) / powers))
  const byKey = new Map<number, BucketRow>()
  for (const row of rows) {
    const before = byKey.get(keyOf(row.from)) ?? { ...row, client: 0, server: 0 }
    byKey.set(keyOf(row.from), {
      from: before.from,
      to: Math.max(before.to, row.to),
      client: before.client + row.client,
      server: before.server + row.server,
    })
  }
  return [...byKey.values()]
}

/** Sizes from `from` to `to` in at most 9 columns: `1448`, `64-127`, `16K-32K`. */
export function boundsText(from: number, to: number): string {
  if (from === to) return String(from)
  if (to < 10_000) return `${from}-${to}`
  return `${octetsText(from)}-${octetsText(to + 1)}`
}

/** Different sizes of chops that are shown one by one. */
const exactSizes = 8

const known = new WeakMap<SentSummary, Bucket[]>()

/** The chops of a side by their size: one by one as long as there are few, else in powers of two. Worked out once. */
export function chopBuckets(sent: SentSummary): readonly Bucket[] {
  let buckets = known.get(sent)
  if (buckets === undefined) known.set(sent, (buckets = bucketsOf(sent.octets.bySize)))
  return buckets
}

function bucketsOf(bySize: Readonly<Record<string, number>>): Bucket[] {
  const sizes = Object.keys(bySize)
  if (sizes.length <= exactSizes)
    return sizes.map(size => ({ from: Number(size), to: Number(size), count: bySize[size] ?? 0 }))
  // There may be 65,536 sizes: no object for each.
  const counts = new Map<number, number>()
  for (const size of sizes) {
    const bucket = bucketOf(Number(size))
    counts.set(bucket, (counts.get(bucket) ?? 0) + (bySize[size] ?? 0))
  }
  return [...counts].map(([bucket, count]) => ({ ...boundsOf(bucket), count }))
}

/** Filters over 200,000 rows of masked text frames of 32 B, against the obvious way: an entry and a payload per row; F1. */
import { reads } from './chunks.mjs'
import { race } from './race.mjs'
import { raceTable } from './race-table.mjs'
import { filledLog } from './session-feed.mjs'
import { median } from './stats.mjs'

const ROWS = 200_000
const SIZE = 32
const TEXT = 1
const limits = { memory: 64 * 1024 * 1024, rows: 262_144 }

/** Each matches no row: every test of it runs on every frame. */
const filters = {
  columns: {
    text: 'op:text from:client len>1k',
    naive: entry =>
      entry.type === 'frame' && entry.opcode === 1 && entry.from === 'client' && entry.payloadLength > 1024,
  },
  text: {
    text: 'missing',
    naive: ({ type, seq }, log) =>
      type === 'frame' && Buffer.from(log.payload(seq, SIZE).octets ?? []).includes('missing'),
  },
}

export async function bench({ dist, rounds, seconds }) {
  const { parseFilter } = await import(new URL('wire/filter/filter.js', dist))
  const log = await filledLog(dist, reads(SIZE, ROWS * SIZE, TEXT), limits)
  const figures = { F1: {} }
  const results = []
  for (const [on, { text, naive }] of Object.entries(filters)) {
    const filter = parseFilter(text)
    const contenders = {
      ours: pass(log, row => filter.matches(log, row)),
      theirs: pass(log, row => naive(log.entry(row), log)),
    }
    const rates = await race(contenders, { rounds, seconds })
    figures.F1[on] = median(rates.ours)
    results.push({ name: text, ...rates })
  }
  return {
    tables: [raceTable('Filter: rows per second', results, 'naive')],
    figures,
    samples: results,
  }
}

function pass(log, matches) {
  return () => {
    let found = 0
    for (let row = log.first; row < log.next; row++) if (matches(row)) found++
    if (found > 0 || log.next - log.first < ROWS)
      throw new Error(`${found} of ${log.next - log.first} rows match`)
    return log.next - log.first
  }
}

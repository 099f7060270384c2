import { median, medianRatio, spread } from './stats.mjs'
import { number, percent } from './table.mjs'

/** `results`: `{ name, ours, theirs }` with a rate per round; `their` names the other side. */
export function raceTable(title, results, their = 'ws Receiver') {
  const rows = results.map(({ name, ours, theirs }) => [
    name,
    number(median(ours)),
    number(median(theirs)),
    number(medianRatio(ours, theirs)),
    percent(spread(ours)),
  ])
  return { title, head: ['input', 'wsinspect', their, 'ratio', 'spread'], rows }
}

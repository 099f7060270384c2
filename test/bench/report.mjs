/** Results as text. */
import { availableParallelism, cpus } from 'node:os'
import { number, table } from './table.mjs'

export const machine = () =>
  `Node ${process.versions.node}, ${availableParallelism()} cores, ${cpus()[0]?.model.trim() ?? 'unknown'}, ${process.platform}`

export function print({ tables, problems = [] }, markdown) {
  for (const { title, head, rows } of tables) {
    console.log(`${markdown ? '### ' : ''}${title}\n\n${table(head, rows, markdown)}\n`)
  }
  for (const problem of problems) console.log(`${markdown ? '- ' : ''}note: ${problem}`)
  if (problems.length > 0) console.log()
}

export const gateTable = gates => ({
  title: 'Gates (goals, not tests)',
  head: ['gate', 'on', 'value', 'goal', 'verdict'],
  rows: gates.map(({ id, what, on, value, gate, verdict }) => [
    `${id} ${what}`,
    on,
    number(value),
    gate,
    verdict,
  ]),
})

/** How long `--help` takes, from spawn to exit, beside a script that does nothing; S1. */
import { spawnSync } from 'node:child_process'
import { here } from './children.mjs'
import { median, medianRatio, spread } from './stats.mjs'
import { number, percent } from './table.mjs'

const TIMES = 11

export function bench({ bin, say }) {
  const commands = { 'an empty script': [here('targets/empty.mjs')], 'wsinspect --help': [bin, '--help'] }
  const names = Object.keys(commands)
  const times = Object.fromEntries(names.map(name => [name, []]))
  const problems = []
  for (let i = 0; i < TIMES; i++) {
    say(`start ${i + 1} of ${TIMES}`)
    for (const name of i % 2 === 0 ? names : names.toReversed()) times[name].push(wallTime(commands[name]))
  }
  if (times[names[1]].includes(null)) problems.push('wsinspect --help failed')
  const ratio = medianRatio(times[names[1]], times[names[0]])
  const rows = names.map(name => [name, number(median(times[name])), percent(spread(times[name]))])
  return {
    tables: [{ title: 'Start', head: ['command', 'ms', 'spread'], rows }],
    figures: { S1: { wall: ratio } },
    problems,
    samples: times,
  }
}

/** In milliseconds; null if it failed. */
function wallTime(args) {
  const start = performance.now()
  const { status } = spawnSync(process.execPath, args, { stdio: 'ignore' })
  return status === 0 ? performance.now() - start : null
}

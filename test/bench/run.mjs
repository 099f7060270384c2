/** `npm run bench -- [names…] [--rounds N] [--seconds S] [--pin] [--mib N] [--json FILE] [--markdown]` */
import { writeFileSync } from 'node:fs'
import { startHelper } from './children.mjs'
import { judge } from './gates.mjs'
import { readOptions } from './options.mjs'
import { gateTable, machine, print } from './report.mjs'

/** Those that measure code alone run in a process of their own. */
const suites = {
  proxy: inside,
  echo: inside,
  latency: inside,
  decoder: apart,
  session: apart,
  messages: apart,
  recorder: apart,
  inflate: apart,
  filter: apart,
  painting: apart,
  stall: inside,
  screen: inside,
  startup: inside,
  idle: inside,
  log: inside,
  streams: inside,
}

const options = readOptions(Object.keys(suites))
const say = text => process.stderr.isTTY && process.stderr.write(`\r\x1b[K${text}`)
const report = {
  machine: machine(),
  rounds: options.rounds,
  seconds: options.seconds,
  pin: options.pin,
  suites: {},
}
const figures = {}

console.log(`${report.machine}; ${options.rounds} rounds of ${options.seconds} s, medians\n`)
for (const name of options.names) {
  const result = await run(name)
  say('')
  Object.assign(figures, result.figures)
  report.suites[name] = result
  print(result, options.markdown)
}
report.gates = judge(figures)
print({ tables: [gateTable(report.gates)] }, options.markdown)
if (options.json !== null) writeFileSync(options.json, JSON.stringify(report, null, 2) + '\n')

async function run(name) {
  try {
    return await suites[name](name, { ...options, say: text => say(`${name}: ${text}`) })
  } catch (error) {
    return { tables: [], figures: {}, problems: [`${name}: ${error.message}`] }
  }
}

async function inside(name, settings) {
  const { bench } = await import(`./${name}.mjs`)
  return bench(settings)
}

/** Code alone swings less than processes do, so half the time is enough. */
async function apart(name, settings) {
  settings.say('in its own process')
  const helper = startHelper('apart.mjs', [
    name,
    JSON.stringify({ ...settings, seconds: settings.seconds / 2 }),
  ])
  const result = await helper.next()
  if (result.error !== undefined) throw new Error(result.error)
  return result
}

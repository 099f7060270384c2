/** The command line of the benchmark. */
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { canPin, here } from './children.mjs'

const options = {
  rounds: { type: 'string', default: '5' },
  seconds: { type: 'string', default: '0.7' },
  pin: { type: 'boolean', default: false },
  json: { type: 'string' },
  markdown: { type: 'boolean', default: false },
  /** The size of the recordings that `log` and `streams` read. */
  mib: { type: 'string', default: '256' },
  /** Another build of wsinspect: the folder that holds `bin` and `dist`. */
  build: { type: 'string', default: here('../..') },
}

export function readOptions(known) {
  const { values, positionals } = parse()
  const unknown = positionals.filter(name => !known.includes(name))
  if (unknown.length > 0) quit(`no benchmark ${unknown.join(', ')} (there are: ${known.join(', ')})`)
  if (values.pin && !canPin()) console.error('bench: cannot pin (taskset is missing, or there is one core)')
  return {
    names: positionals.length > 0 ? positionals : known,
    rounds: positive('rounds', Math.floor(Number(values.rounds))),
    seconds: positive('seconds', Number(values.seconds)),
    pin: values.pin && canPin(),
    json: values.json ?? null,
    markdown: values.markdown,
    mib: positive('mib', Number(values.mib)),
    bin: resolve(values.build, 'bin/wsinspect.js'),
    dist: pathToFileURL(resolve(values.build, 'dist') + '/').href,
  }
}

function parse() {
  try {
    return parseArgs({ allowPositionals: true, options })
  } catch (error) {
    return quit(error.message)
  }
}

function positive(name, value) {
  if (!(value > 0)) quit(`--${name} must be more than 0`)
  return value
}

function quit(text) {
  console.error(`bench: ${text}`)
  process.exit(2)
}

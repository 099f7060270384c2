import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { compare as compareSuites, compareClients } from './compare.mjs'
import { findSuite } from './install.mjs'
import { stopAll, stopWithThisProcess } from './processes.mjs'
import { chunksOf, runSide } from './suite.mjs'

const USAGE = `usage: npm run autobahn -- [--all | --cases 5.*,6.4.1] [--only echo|proxy] [--write] [--record FILE]
  --all     all 517 cases (20 to 30 minutes) instead of the quick selection
  --cases   these cases; * stands for anything
  --only    one side: straight to the echo server, or through the proxy
  --write   make what the echo server got the expected result of the cases run
  --compare run our own suite and the genuine one against the same servers, good and
            bad (--peers NAMES, --runs N; --clients: clients instead; --write keeps the result)
  --record  record what the proxy sees; the suite's own reports lie in .autobahn/proxy/`

const HOME = fileURLToPath(new URL('../../.autobahn', import.meta.url))
const BIN = fileURLToPath(new URL('../../bin/wsinspect.js', import.meta.url))
const EXPECTED = fileURLToPath(new URL('expected.json', import.meta.url))

const QUICK = '1.*,2.*,3.*,4.*,5.*,6.*,7.*,10.*,9.1.1,9.1.2,9.1.3,9.5.1'
const QUICK_DEFLATE = '12.1.1,12.1.2,12.1.3,12.1.4,13.1.1,13.1.2,13.1.3,13.1.4'

function readOptions() {
  const options = {
    all: { type: 'boolean', default: false },
    cases: { type: 'string', default: `${QUICK},${QUICK_DEFLATE}` },
    only: { type: 'string' },
    write: { type: 'boolean', default: false },
    record: { type: 'string' },
    compare: { type: 'boolean', default: false },
    clients: { type: 'boolean', default: false },
    peers: { type: 'string' },
    runs: { type: 'string', default: '3' },
  }
  const { values } = parseArgs({ options })
  if (!['echo', 'proxy', undefined].includes(values.only)) throw new Error('--only takes echo or proxy')
  if (values.write && values.only === 'proxy') throw new Error('--write needs the echo side')
  if (values.record !== undefined && values.only === 'echo') throw new Error('--record needs the proxy side')
  return values
}

/** Never an empty list: the suite would wait forever. */
function selectCases(patterns, ids) {
  const selected = new Set()
  for (const pattern of patterns.split(',')) {
    const matches = ids.filter(id => matcher(pattern).test(id))
    if (matches.length === 0) throw new Error(`no case is called ${pattern}`)
    matches.forEach(id => selected.add(id))
  }
  return ids.filter(id => selected.has(id))
}

function matcher(pattern) {
  const parts = pattern.split('*').map(part => part.replace(/[^\w]/g, '\\$&'))
  return new RegExp(`^${parts.join('.*')}$`)
}

function write(expected, observed) {
  const merged = { ...expected, ...observed }
  const lines = Object.keys(expected).map(
    id => `  "${id}": ${JSON.stringify(merged[id]).replaceAll(',', ', ')}`,
  )
  writeFileSync(EXPECTED, `{\n${lines.join(',\n')}\n}\n`)
  console.log(`wrote ${Object.keys(observed).length} results into test/autobahn/expected.json`)
  return merged
}

/** Returns [passed, failed] for one side and prints a line for each difference. */
function compare(side, ids, expected, results) {
  const observed = results[side]
  const present = ids.filter(id => observed[id])
  const missing = ids.filter(id => !observed[id])
  const different = present.filter(id => {
    const difference = differenceOf(observed[id], expected[id], results.echo?.[id])
    if (difference) console.log(`${side} ${id}: ${difference}`)
    return difference
  })
  if (missing.length > 0) console.log(`${side}: no result for ${missing.join(', ')}`)
  return [present.length - different.length, different.length + missing.length]
}

function differenceOf(observed, expected, straight) {
  if (!agrees(observed, expected)) return `${format(observed)}, expected ${format(expected)}`
  if (straight && !agrees(observed, straight)) return `${format(observed)}, straight ${format(straight)}`
  return undefined
}

/** A null in the expected result is not compared. */
function agrees(observed, expected) {
  return expected.every((value, i) => value === null || value === observed[i])
}

function format([behavior, behaviorClose, code]) {
  return `${behavior} / ${behaviorClose} / ${code ?? 'any'}`
}

async function main(options) {
  const expected = JSON.parse(readFileSync(EXPECTED, 'utf8'))
  const all = Object.keys(expected)
  const ids = options.all ? all : selectCases(options.cases, all)
  const wstest = await findSuite(HOME)
  if (!wstest) throw new Error('the Autobahn TestSuite needs Python 2.7 or a running Docker engine')
  if (options.compare) return compareAll(options, all, wstest)
  const results = {}
  const sides = options.only ? [options.only] : ['echo', 'proxy']
  await Promise.all(
    sides.map(async side => {
      results[side] = await runSide(side, chunksOf(ids), {
        home: HOME,
        bin: BIN,
        wstest,
        record: options.record,
      })
    }),
  )
  const wanted = options.write ? write(expected, results.echo) : expected
  const counts = sides.map(side => compare(side, ids, wanted, results))
  const [passed, failed] = [0, 1].map(i => counts.reduce((sum, count) => sum + count[i], 0))
  console.log(`${passed} passed, ${failed} failed`)
  return failed === 0
}

async function compareAll({ peers, runs, write, clients }, ids, wstest) {
  const both = clients ? compareClients : compareSuites
  const select = { ids, select: selectCases, only: peers, runs: Number(runs), write }
  const [passed, failed] = await both({ home: HOME, bin: BIN, wstest, ...select })
  console.log(`${passed} passed, ${failed} failed`)
  return failed === 0
}

stopWithThisProcess()
try {
  process.exitCode = (await main(readOptions())) ? 0 : 1
} catch (error) {
  console.error(error.code?.startsWith('ERR_PARSE_ARGS') ? `${error.message}\n${USAGE}` : error.message)
  process.exitCode = 1
} finally {
  await stopAll()
}

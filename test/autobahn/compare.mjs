/** Runs the genuine suite and ours against the same servers, and tells where the verdicts differ. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { run, tail } from './processes.mjs'
import { quirks } from './peers.mjs'
import { describeEnd, startServer } from './server.mjs'

const PEERS = fileURLToPath(new URL('peers.mjs', import.meta.url))
const RESULT = fileURLToPath(new URL('comparison.json', import.meta.url))

const RUNS = 3

/** Processes of the genuine suite at a time: most of the time they wait. */
const CHUNKS = 6

/** Of servers that do all right: every case but those that only take long. */
const WHOLE =
  '1.*,2.*,3.*,4.*,5.*,6.*,7.*,10.*,9.1.1,9.1.2,9.2.1,9.3.4,9.5.1,9.7.1,9.8.2,12.1.1,12.2.4,12.4.3,13.2.2,13.3.3,13.5.4,13.7.1'

/** Of servers that do one thing wrong: no two cases that differ in their octets alone. */
const SAMPLE =
  '1.1.1,1.1.2,1.1.6,1.1.8,1.2.2,2.*,3.*,4.*,5.*,6.1.*,6.2.*,6.3.*,6.4.*,6.5.1,6.6.1,6.6.2,6.12.3,6.14.6,6.22.1,7.*,10.*,9.1.1,9.2.1,12.1.1,13.3.1'

/** The servers: name, how it is started, and the cases. */
function peersOf(bin, names) {
  const all = [
    ['echo', [bin, 'echo', '--port', '0'], WHOLE],
    ['ws', [PEERS, 'ws'], WHOLE],
    ...Object.keys(quirks).map(name => [name, [PEERS, name], SAMPLE]),
  ]
  return all.filter(([name]) => names === undefined || names.split(',').includes(name))
}

/** Compares, writes the result, and returns true when no verdict of ours is unknown to the genuine suite. */
export async function compare({ home, bin, wstest, ids, select, only, runs = RUNS, write }) {
  const result = {}
  for (const [name, args, patterns] of peersOf(bin, only)) {
    const dir = join(home, 'compare', name)
    rmSync(dir, { recursive: true, force: true })
    mkdirSync(dir, { recursive: true })
    const server = await startServer(args[0], args.slice(1), join(dir, 'server.log'))
    const cases = select(patterns, ids)
    const genuine = []
    const own = []
    for (let i = 0; i < runs; i++) {
      genuine.push(await runGenuine(cases, join(dir, `suite-${i}`), server.port, wstest))
      own.push(await runOwn(cases, join(dir, `own-${i}`), server.port, bin))
    }
    if (server.child.exitCode !== null) console.log(describeEnd(server))
    server.child.kill()
    result[name] = summaryOf(cases, genuine, own)
    tell(name, result[name])
    if (write) keep(name, { date: today(), runs, ...result[name] })
  }
  const differences = Object.values(result).map(({ different }) => Object.keys(different).length)
  const cases = Object.values(result).map(({ cases }) => cases)
  return [sum(cases) - sum(differences), sum(differences)]
}

function sum(numbers) {
  return numbers.reduce((total, number) => total + number, 0)
}

function today() {
  return new Date().toISOString().slice(0, 10)
}

/** Keeps the result of a server, beside those that were kept before. */
function keep(name, result) {
  const kept = existsSync(RESULT) ? JSON.parse(readFileSync(RESULT, 'utf8')) : {}
  writeFileSync(RESULT, `${JSON.stringify({ ...kept, [name]: result }, null, 1)}\n`)
}

function summaryOf(ids, genuine, own) {
  const raced = {}
  const different = {}
  for (const id of ids) {
    const theirs = [...new Set(genuine.map(results => results[id] ?? 'none'))]
    const ours = [...new Set(own.map(results => results[id] ?? 'none'))]
    if (!ours.every(verdict => theirs.includes(verdict))) different[id] = { suite: theirs, own: ours }
    else if (theirs.length > 1) raced[id] = theirs
  }
  return { cases: ids.length, same: ids.length - Object.keys(different).length, raced, different }
}

function tell(name, { cases, same, raced, different }) {
  console.log(`${name}: ${same} of ${cases} the same, ${Object.keys(raced).length} with several verdicts`)
  for (const [id, { suite, own }] of Object.entries(different))
    console.log(`  ${id}: suite ${suite.join(' or ')}, own ${own.join(' or ')}`)
}

async function runGenuine(ids, dir, port, wstest) {
  const parts = Array.from({ length: CHUNKS }, (_, i) => ids.filter((_id, n) => n % CHUNKS === i))
  const results = await Promise.all(
    parts.map(async (cases, i) => {
      const part = join(dir, String(i))
      mkdirSync(part, { recursive: true })
      const servers = [{ agent: 'peer', url: `ws://127.0.0.1:${port}/` }]
      const spec = { servers, outdir: part, cases, 'exclude-cases': [], 'exclude-agent-cases': {} }
      writeFileSync(join(part, 'spec.json'), JSON.stringify(spec))
      const log = join(part, 'wstest.log')
      await run(...wstest(part), { log, seconds: 600 })
      return resultsIn(part, log)
    }),
  )
  return Object.assign({}, ...results)
}

async function runOwn(ids, dir, port, bin) {
  mkdirSync(dir, { recursive: true })
  const log = join(dir, 'own.log')
  const args = ['--cases', ids.join(','), '--agent', 'peer', '--parallel', '2', '--json']
  await run(process.execPath, [bin, 'conform', 'client', `ws://127.0.0.1:${port}/`, ...args], {
    log,
    seconds: 600,
  })
  const lines = readFileSync(log, 'utf8')
    .split('\n')
    .filter(line => line.startsWith('{'))
  return Object.fromEntries(lines.map(line => JSON.parse(line)).map(result => [result.id, verdictOf(result)]))
}

function verdictOf({ behavior, behaviorClose, remoteCloseCode }) {
  return `${behavior} / ${behaviorClose} / ${remoteCloseCode ?? 'none'}`
}

function resultsIn(dir, log) {
  try {
    const cases = Object.entries(JSON.parse(readFileSync(join(dir, 'index.json'), 'utf8')).peer ?? {})
    return Object.fromEntries(cases.map(([id, result]) => [id, verdictOf(result)]))
  } catch (error) {
    console.log(`${error.message}, the end of ${log}:\n${tail(log)}`)
    return {}
  }
}

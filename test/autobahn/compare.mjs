/** Runs the genuine suite and ours against the same servers, and tells where the verdicts differ. */
import { once } from 'node:events'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { run, start, stop, tail } from './processes.mjs'
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

/** Of a server whose opening handshakes all fail: fewer than ours tries. */
const FEW = '1.1.1,2.1,3.1,4.1.1,5.1,6.1.1,7.1.1,9.1.1,12.1.1'

/** The servers: name, how it is started, and the cases. */
function peersOf(bin, names) {
  const all = [
    ['echo', [bin, 'echo', '--port', '0'], WHOLE],
    ['ws', [PEERS, 'ws'], WHOLE],
    ...Object.entries(quirks).map(([name, { accept }]) => [name, [PEERS, name], accept ? FEW : SAMPLE]),
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
    const isKnown = ours.every(verdict => verdict !== 'none' && theirs.includes(verdict))
    if (!isKnown) different[id] = { suite: theirs, own: ours }
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

/** Clients are compared as servers are: the fuzzing servers are visited by the same client. */
export async function compareClients({ home, bin, wstest, ids, select, only, runs = RUNS, write }) {
  const result = {}
  const names = ['good', ...Object.keys(quirks).filter(name => name !== 'wrong-accept')]
  for (const name of names.filter(of => only === undefined || only.split(',').includes(of))) {
    const dir = join(home, 'compare', `${name}-client`)
    rmSync(dir, { recursive: true, force: true })
    mkdirSync(dir, { recursive: true })
    const cases = select(CLIENT_SAMPLE, ids)
    const genuine = []
    const own = []
    for (let i = 0; i < runs; i++) {
      genuine.push(await visitGenuine(name, cases, join(dir, `suite-${i}`), wstest))
      own.push(await visitOwn(name, cases, join(dir, `own-${i}`), bin))
    }
    result[`${name} (client)`] = summaryOf(cases, genuine, own)
    tell(`${name} (client)`, result[`${name} (client)`])
    if (write) keep(`${name} (client)`, { date: today(), runs, ...result[`${name} (client)`] })
  }
  const different = sum(Object.values(result).map(of => Object.keys(of.different).length))
  return [sum(Object.values(result).map(of => of.cases)) - different, different]
}

/** A case after the other, most with a second to wait for a client that is wrong: few of each kind. */
const CLIENT_SAMPLE =
  '1.1.1,1.1.6,1.1.8,1.2.2,2.1,2.5,2.7,2.9,2.10,2.11,3.1,3.2,3.3,3.4,3.7,4.1.1,4.1.3,4.2.4,5.1,5.3,5.5,5.6,5.9,5.15,5.18,5.19,6.1.2,6.2.3,6.3.1,6.4.1,6.4.3,6.5.1,6.6.1,6.12.3,7.1.*,7.3.2,7.3.5,7.3.6,7.5.1,7.7.1,7.7.2,7.9.1,7.9.9,7.13.1,9.1.1,10.1.1,12.1.1'

async function visitGenuine(name, ids, dir, wstest) {
  mkdirSync(dir, { recursive: true })
  const port = await freePort()
  const spec = {
    url: `ws://127.0.0.1:${port}`,
    outdir: dir,
    cases: ids,
    'exclude-cases': [],
    'exclude-agent-cases': {},
  }
  writeFileSync(join(dir, 'spec.json'), JSON.stringify(spec))
  const log = join(dir, 'wstest.log')
  const [command, args] = wstest(dir)
  const asServer = [...args.map(arg => (arg === 'fuzzingclient' ? 'fuzzingserver' : arg)), '-u', '0']
  const output = openSync(log, 'a')
  const child = start(command, asServer, { stdio: ['ignore', output, output] })
  closeSync(output)
  await listening(port)
  await run(process.execPath, [PEERS, name, String(port), String(ids.length)], { log, seconds: 600 })
  await stop(child)
  return resultsIn(dir, log)
}

async function visitOwn(name, ids, dir, bin) {
  mkdirSync(dir, { recursive: true })
  const log = join(dir, 'own.log')
  const args = ['conform', 'server', '--port', '0', '--cases', ids.join(','), '-o', join(dir, 'report')]
  const server = await startServer(bin, args, join(dir, 'server.log'))
  await run(process.execPath, [PEERS, name, String(server.port), String(ids.length)], { log, seconds: 600 })
  await stop(server.child)
  return resultsIn(join(dir, 'report'), log)
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return port
}

async function listening(port) {
  for (let tries = 0; tries < 600; tries++) {
    const socket = connect(port, '127.0.0.1')
    const [isUp] = await Promise.race([
      once(socket, 'connect').then(() => [true]),
      new Promise(resolve => socket.once('error', () => resolve([false]))),
    ])
    socket.destroy()
    if (isUp) return
    await sleep(100)
  }
  throw new Error(`nobody listens on ${port}`)
}

async function runOwn(ids, dir, port, bin) {
  mkdirSync(dir, { recursive: true })
  const log = join(dir, 'own.log')
  const args = ['--cases', ids.join(','), '--agent', 'peer', '--parallel', '6', '--json']
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

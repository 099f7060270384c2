import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run, tail } from './processes.mjs'
import { describeEnd, hasEnded, startServer } from './server.mjs'

/** Stands for "the peer sent no close code" in a result; null is left for "not compared". */
const NO_CODE = 0

const SLOW_GROUPS = ['9', '12', '13']

/** Splits by what one run of the suite can lose: it writes nothing when it is killed before its end. */
export function chunksOf(ids) {
  const chunks = new Map()
  for (const id of ids) {
    const name = isSlow(id) ? id.split('.').slice(0, 2).join('.') : '1-7,10'
    chunks.set(name, [...(chunks.get(name) ?? []), id])
  }
  return chunks
}

function isSlow(id) {
  return SLOW_GROUPS.includes(id.split('.')[0])
}

function secondsFor(ids) {
  return ids.reduce((sum, id) => sum + (isSlow(id) ? 60 : 1), 60)
}

/** Runs all chunks against one side and returns id -> [behavior, behaviorClose, remoteCloseCode]. */
export async function runSide(side, chunks, { home, bin, wstest, record }) {
  const dir = join(home, side)
  rmSync(dir, { recursive: true, force: true })
  mkdirSync(dir, { recursive: true })
  const servers = [await startServer(bin, ['echo', '--port', '0'], join(dir, 'echo.log'))]
  if (side === 'proxy') {
    const args = ['proxy', `127.0.0.1:${servers[0].port}`, '--port', '0', '--no-tui', '-q']
    if (record !== undefined) args.push('--write', record)
    servers.push(await startServer(bin, args, join(dir, 'proxy.log')))
  }
  const results = {}
  for (const [name, ids] of chunks) {
    const chunk = { name: `${side} ${name}`, ids, dir: join(dir, name), port: servers.at(-1).port }
    Object.assign(results, await runChunk(chunk, wstest))
    const ended = servers.find(hasEnded)
    if (ended) {
      console.log(describeEnd(ended))
      break
    }
  }
  return results
}

async function runChunk({ name, ids, dir, port }, wstest) {
  mkdirSync(dir)
  writeFileSync(join(dir, 'spec.json'), JSON.stringify(specFor(ids, dir, port)))
  const log = join(dir, 'wstest.log')
  const seconds = secondsFor(ids)
  const began = performance.now()
  const { code, late } = await run(...wstest(dir), { log, seconds })
  const took = ((performance.now() - began) / 1000).toFixed(1)
  const results = readResults(dir)
  const missing = ids.filter(id => !results[id]).length
  console.log(
    `${name}: ${countBehaviors(results)}${missing ? `, ${missing} without a result` : ''} in ${took} s`,
  )
  if (missing) {
    const end = late ? `stopped after ${seconds} s` : `exit code ${code}`
    console.log(`wstest ${end}, the end of ${log}:\n${tail(log)}`)
  }
  return results
}

/** Exact ids only: the suite's own patterns match prefixes (12.*.1 takes 12.1.10 too). */
function specFor(ids, dir, port) {
  // Without an agent the suite never ends after a handshake that fails.
  const servers = [{ agent: 'wsinspect', url: `ws://127.0.0.1:${port}/` }]
  return { servers, outdir: dir, cases: ids, 'exclude-cases': [], 'exclude-agent-cases': {} }
}

function readResults(dir) {
  const index = join(dir, 'index.json')
  if (!existsSync(index)) return {}
  const cases = Object.entries(JSON.parse(readFileSync(index, 'utf8')).wsinspect ?? {})
  return Object.fromEntries(
    cases.map(([id, { behavior, behaviorClose, remoteCloseCode }]) => [
      id,
      [behavior, behaviorClose, remoteCloseCode ?? NO_CODE],
    ]),
  )
}

function countBehaviors(results) {
  const counts = {}
  for (const [behavior] of Object.values(results)) counts[behavior] = (counts[behavior] ?? 0) + 1
  const texts = Object.entries(counts).map(([behavior, count]) => `${count} ${behavior}`)
  return texts.join(', ') || 'nothing'
}

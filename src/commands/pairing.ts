/** Which connection of one recording is compared with which of another. */
import { ExitCode, UserError } from '../errors.ts'
import { hasToken, parseRequestLine, type Head } from '../protocol/http-head.ts'
import type { RecordingIndex } from '../recording/recording-index.ts'
import { Dialogue } from '../replay/dialogue.ts'

/** A connection, and where the client went; null where it did not say. */
export interface Lone {
  conn: number
  path: string | null
}

export interface Pair {
  a: number
  b: number
  path: string | null
}

export interface Pairing {
  pairs: readonly Pair[]
  /** Those without a counterpart. */
  onlyA: readonly Lone[]
  onlyB: readonly Lone[]
}

/** The pairs that the user names. Throws a usage error for a connection that is not there. */
export async function namedPairs(
  a: RecordingIndex,
  b: RecordingIndex,
  conns: readonly (readonly [number, number])[],
): Promise<Pairing> {
  const pairs: Pair[] = []
  for (const [left, right] of conns) {
    mustHave(a, left, 'A')
    mustHave(b, right, 'B')
    pairs.push({ a: left, b: right, path: await pathOf(a, left) })
  }
  return { pairs, onlyA: [], onlyB: [] }
}

/** Pairs those that ask for the same path, in their order. Where both have one connection alone, it is those two. */
export async function pairByPath(a: RecordingIndex, b: RecordingIndex): Promise<Pairing> {
  const left = await lonesOf(a)
  const right = await lonesOf(b)
  const areAlone = left.length === 1 && right.length === 1
  const pairs: Pair[] = []
  const onlyA: Lone[] = []
  const waiting = new Map<string | null, Lone[]>()
  const keyOf = ({ path }: Lone) => (areAlone ? null : path)
  for (const lone of right) {
    const list = waiting.get(keyOf(lone))
    if (list === undefined) waiting.set(keyOf(lone), [lone])
    else list.push(lone)
  }
  for (const lone of left) {
    const other = waiting.get(keyOf(lone))?.shift()
    if (other === undefined) onlyA.push(lone)
    else pairs.push({ a: lone.conn, b: other.conn, path: lone.path })
  }
  const paired = new Set(pairs.map(pair => pair.b))
  return { pairs, onlyA, onlyB: right.filter(({ conn }) => !paired.has(conn)) }
}

function mustHave(index: RecordingIndex, conn: number, name: string): void {
  if (index.connections.some(one => one.conn === conn)) return
  const conns = index.connections.map(one => one.conn)
  const list = conns.length > 20 ? `${conns.slice(0, 20).join(', ')}, …` : conns.join(', ')
  throw new UserError(ExitCode.usage, `--conn: ${name} has no connection ${conn} (it has ${list || 'none'})`)
}

async function lonesOf(index: RecordingIndex): Promise<Lone[]> {
  const lones: Lone[] = []
  for (const { conn } of index.connections) lones.push({ conn, path: await pathOf(index, conn) })
  return lones
}

/** Facts in which the request is looked for. */
const factsLookedAt = 1000

class Enough extends Error {}

/** The path, without its query, of the upgrade request of a connection, or else of its first request. */
async function pathOf(index: RecordingIndex, conn: number): Promise<string | null> {
  const requests: Head[] = []
  let isUpgraded = false
  let facts = 0
  const isUpgrade = (head: Head) => hasToken(head, 'Upgrade', 'websocket')
  const dialogue = new Dialogue(said => {
    if (said.type !== 'head') isUpgraded = true
    else if (said.from === 'client') {
      requests.push(said.head)
      isUpgraded ||= isUpgrade(said.head)
    }
  })
  try {
    await index.read(conn, dialogue, {
      afterFact: () => (isUpgraded || ++facts > factsLookedAt ? Promise.reject(new Enough()) : undefined),
    })
  } catch (error) {
    if (!(error instanceof Enough)) throw error
  }
  const target = parseRequestLine((requests.find(isUpgrade) ?? requests[0])?.startLine ?? '')?.target
  return target?.split('?', 1)[0] ?? null
}

/** Generator, backend and targets of one suite, all started once; the rounds are interleaved. */
import { rssMiB } from './proc.mjs'
import { startHelper, startServer } from './children.mjs'

const WARMUP = 0.3
/** Where things run when they are pinned: the target alone, everything else beside it. */
const TARGET_CORE = 0
const OTHER_CORE = 1

/**
 * `targetsFor(backendPort)` lists `{ name, args }` to be started with Node, or `{ name, url }`.
 * Gives samples[workload][target][round]: a sample, or null where it failed.
 */
export async function play({ targetsFor, workloads, rounds, seconds, pin, say }) {
  const other = pin ? OTHER_CORE : null
  const load = startHelper('load.mjs', [], other)
  const backend = startHelper('backend.mjs', [], other)
  const { port } = await backend.next()
  const targets = []
  const problems = []
  try {
    for (const target of targetsFor(port)) await enlist(target)
    return { ...(await playRounds()), problems, names: targets.map(target => target.name) }
  } finally {
    await Promise.all([load, backend, ...targets].map(running => running.stop()))
  }

  async function enlist(target) {
    try {
      const running = target.url
        ? { url: target.url, pid: null, stop: () => {} }
        : await startServer(target.args, pin ? TARGET_CORE : null)
      targets.push({ ...target, ...running, failed: new Set() })
    } catch (error) {
      problems.push(`${target.name}: ${error.message}`)
    }
  }

  async function playRounds() {
    const samples = {}
    for (const { name } of workloads) {
      samples[name] = Object.fromEntries(targets.map(target => [target.name, []]))
    }
    for (let round = 0; round < rounds; round++) {
      for (const workload of workloads) {
        say(`round ${round + 1} of ${rounds}, ${workload.name}`)
        for (const target of rotated(targets, round)) {
          samples[workload.name][target.name].push(await measure(target, workload))
        }
      }
    }
    return { samples }
  }

  async function measure(target, workload) {
    if (target.failed.has(workload)) return null
    const { url, pid } = target
    load.child.send({ url, pid, workload: workload.name, warmup: WARMUP, seconds })
    const sample = await load.next()
    try {
      if (sample.error !== undefined) throw new Error(sample.error)
      sample.rss = rssMiB(pid)
      await target.after?.(sample)
      return sample
    } catch (error) {
      target.failed.add(workload)
      problems.push(`${target.name} ${workload.name}: ${error.message}`)
      return null
    }
  }
}

const rotated = (items, by) => items.map((_, i) => items[(i + by) % items.length])

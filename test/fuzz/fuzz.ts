/** Many runs, each from a seed of its own: the first fails again with `--seed S --runs 1`. */
import type { Fact } from '../support/facts.ts'
import { readCorpus } from './corpus.ts'
import { mutated } from './mutate.ts'
import { Random } from './random.ts'
import { faultOf, type Way } from './run.ts'
import { shrunk } from './shrink.ts'

export interface FuzzOptions {
  /** The seed of the first run; each further run has the next. */
  seed: number
  runs: number
  /** No run begins later than this. */
  seconds: number
  /** Failures after which it ends. */
  failures: number
  /** Called before each run with its seed. */
  onRun?: (seed: number) => void
}

export interface Failure {
  seed: number
  fault: string
  /** As few facts as still fail so. */
  facts: Fact[]
}

export interface FuzzReport {
  runs: number
  seconds: number
  failures: Failure[]
  /** The run that took longest, in ms. */
  slowest: { seed: number; time: number }
}

export async function fuzz(options: FuzzOptions): Promise<FuzzReport> {
  const corpus = await readCorpus()
  const started = performance.now()
  const report: FuzzReport = { runs: 0, seconds: 0, failures: [], slowest: { seed: 0, time: 0 } }
  const known = new Set<string>()
  const isOver = () => report.seconds >= options.seconds || report.failures.length >= options.failures
  while (report.runs < options.runs && !isOver()) {
    const seed = options.seed + report.runs++
    options.onRun?.(seed)
    const begun = performance.now()
    const failure = await runOne(seed, corpus, known)
    const now = performance.now()
    report.seconds = (now - started) / 1000
    if (failure !== null) report.failures.push(failure)
    else if (now - begun > report.slowest.time) report.slowest = { seed, time: now - begun }
  }
  return report
}

/** A failure like one that is known is not told again. */
async function runOne(seed: number, corpus: readonly Fact[][], known: Set<string>): Promise<Failure | null> {
  const random = new Random(seed)
  const facts = mutated(random.pick(corpus), random, corpus)
  const way: Way = {
    keepsAll: !random.chance(4),
    counts: random.chance(20),
    chops: random.chance(6) ? sizes(random) : null,
  }
  const fault = await faultOf(facts, way)
  if (fault === null || known.has(kindOf(fault))) return null
  const kind = kindOf(fault)
  known.add(kind)
  const few = await shrunk(facts, async some => kindOf((await faultOf(some, way)) ?? '') === kind)
  return { seed, fault: (await faultOf(few, way)) ?? fault, facts: few }
}

function sizes(random: Random): number[] {
  return Array.from({ length: 1 + random.below(8) }, () => 1 + random.below(random.pick([1, 3, 20])))
}

/** What failures of one cause have in common: their first line without its figures. */
function kindOf(fault: string): string {
  return (fault.split('\n')[0] ?? '').replaceAll(/"[^"]*"|\d+/g, '').slice(0, 60)
}

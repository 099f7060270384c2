/** `wsinspect diff A B`: what differs between two recordings of what should be the same. */
import { ExitCode, UserError } from '../errors.ts'
import type { Side } from '../protocol/side.ts'
import { counted } from '../protocol/words.ts'
import { indexRecording, type RecordingIndex } from '../recording/recording-index.ts'
import { saveFile } from '../recording/save.ts'
import { Comparison, type CompareOptions } from '../replay/comparison.ts'
import { Dialogue } from '../replay/dialogue.ts'
import type { Result } from '../replay/difference.ts'
import {
  chopLines,
  differenceJson,
  differenceLines,
  junitCases,
  summaryLines,
  type ChopCounts,
} from '../report/comparison-report.ts'
import { junitXml, type JUnitCase, type JUnitSuite } from '../report/junit.ts'
import { escapeForTerminal } from '../wire/escape.ts'
import { tee, type Facts } from '../wire/facts.ts'
import { inflateLimitOf, type InflateOptions } from './bounds.ts'
import { comparedKinds, prepareComparison, type ComparisonOptions } from './comparing.ts'
import { Lockstep, type Reading } from './lockstep.ts'
import { refuseOverwriting } from './overwriting.ts'
import { namedPairs, pairByPath, type Lone, type Pair, type Pairing } from './pairing.ts'
import { progressOf, readingWith, shownAs, type Progress } from './progress.ts'
import { endWithStdout, stdoutFlushed } from './terminal.ts'

export interface DiffOptions extends ComparisonOptions, InflateOptions {
  conn: readonly (readonly [number, number])[]
}

const names = { expected: 'A', got: 'B' }

/** Prints what differs, and lets the process exit with 1 when anything does. */
export async function diff(a: string, b: string, options: DiffOptions): Promise<void> {
  const compare = await prepareComparison(options, ['client', 'server'])
  if (a === '-' && b === '-')
    throw new UserError(ExitCode.usage, 'stdin can be one of the two (give a file for the other)')
  await refuseOverwriting([a, b], [options.junit])
  endWithStdout()
  const left = await open(a, 'A')
  try {
    const right = await open(b, 'B')
    try {
      await new Diff(left, right, compare, options).run({ a, b })
    } finally {
      await right.close()
    }
  } finally {
    await left.close()
  }
  await stdoutFlushed()
}

async function open(file: string, name: string): Promise<RecordingIndex> {
  const progress = progressOf(`looking through ${name}`)
  try {
    return await indexRecording(file, readingWith(progress))
  } finally {
    progress.clear()
  }
}

/** What one pair of connections came to. */
interface PairResult {
  result: Result
  chops: Record<Reading, ChopCounts>
}

class Diff {
  readonly #a: RecordingIndex
  readonly #b: RecordingIndex
  readonly #compare: CompareOptions
  readonly #options: DiffOptions
  readonly #suites: JUnitSuite[] = []
  readonly #progress: Progress
  readonly #shown: Facts
  #differences = 0
  #differentPairs = 0

  constructor(a: RecordingIndex, b: RecordingIndex, compare: CompareOptions, options: DiffOptions) {
    this.#a = a
    this.#b = b
    this.#compare = compare
    this.#options = options
    this.#progress = progressOf('comparing')
    this.#shown = shownAs(
      this.#progress,
      [...a.connections, ...b.connections].map(({ octets }) => octets),
    )
  }

  async run(files: { a: string; b: string }): Promise<void> {
    const { conn, junit } = this.#options
    const pairing = await (conn.length > 0
      ? namedPairs(this.#a, this.#b, conn)
      : pairByPath(this.#a, this.#b))
    for (const pair of pairing.pairs) this.#tell(pair, await this.#comparePair(pair))
    this.#progress.clear()
    this.#tellLone(pairing.onlyA, 'A')
    this.#tellLone(pairing.onlyB, 'B')
    this.#tellAll(files, pairing)
    if (junit !== undefined) await saveFile(junit, junitXml('wsinspect diff', this.#suites), true)
    if (this.#isDifferent(pairing)) process.exitCode = ExitCode.failed
  }

  #isDifferent({ onlyA, onlyB }: Pairing): boolean {
    return this.#differences + onlyA.length + onlyB.length > 0
  }

  async #comparePair(pair: Pair): Promise<PairResult> {
    const comparison = new Comparison(this.#compare)
    const lockstep = new Lockstep(() => comparison.held)
    const chops = { expected: noChops(), got: noChops() }
    const inflate = inflateLimitOf(this.#options)
    const read = async (index: RecordingIndex, conn: number, who: Reading) => {
      const dialogue = new Dialogue(
        said => {
          comparison[who](said)
        },
        { inflate },
      )
      try {
        await index.read(conn, tee([counterOf(chops[who]), this.#shown, dialogue]), {
          afterFact: () => lockstep.step(who),
        })
      } finally {
        lockstep.end()
      }
    }
    await Promise.all([read(this.#a, pair.a, 'expected'), read(this.#b, pair.b, 'got')])
    return { result: comparison.end(), chops }
  }

  #tell(pair: Pair, { result, chops }: PairResult): void {
    const { differences, total } = result
    this.#progress.clear()
    this.#differences += total
    if (total > 0) this.#differentPairs++
    const name = `connection ${pair.a} of A, ${pair.b} of B${pathText(pair.path)}`
    if (this.#options.junit !== undefined)
      this.#addSuite(name, junitCases(result, name, comparedKinds(this.#compare), names))
    if (this.#options.json === true) {
      for (const difference of differences) printJson(differenceJson(pair.a, pair.b, difference))
      printJson({ type: 'compared', conn: pair.a, other: pair.b, ...resultKeys(result), ...chopKeys(chops) })
      return
    }
    const more = total - differences.length
    print([
      `${escapeForTerminal(name)}: ${total === 0 ? 'no difference' : counted(total, 'difference')}`,
      ...[...summaryLines(result, names), ...chopLines(chops.expected, chops.got, names)].map(
        line => `  ${escapeForTerminal(line)}`,
      ),
      ...differences.flatMap(difference => ['', ...differenceLines(difference, names)]),
      ...(more > 0 ? ['', `… ${counted(more, 'more difference')} (--limit)`] : []),
      '',
    ])
  }

  #tellLone(lones: readonly Lone[], name: string): void {
    for (const { conn, path } of lones) {
      const subject = `connection ${conn} of ${name}${pathText(path)}`
      const message = 'it has no counterpart'
      if (this.#options.junit !== undefined) {
        const outcome = { type: 'failure', kind: 'DIFFERENT', message, text: '' } as const
        this.#addSuite(subject, [{ classname: subject, name: 'counterpart', time: 0, outcome }])
      }
      if (this.#options.json !== true) print([`${escapeForTerminal(subject)}: ${message}`, ''])
    }
  }

  #addSuite(name: string, cases: readonly JUnitCase[]): void {
    this.#suites.push({ name, timestamp: this.#b.header.started, cases })
  }

  #tellAll({ a, b }: { a: string; b: string }, pairing: Pairing): void {
    const { pairs, onlyA, onlyB } = pairing
    const differences = this.#differences
    if (this.#options.json === true) {
      const lone = { onlyA: onlyA.map(({ conn }) => conn), onlyB: onlyB.map(({ conn }) => conn) }
      const isSame = !this.#isDifferent(pairing)
      printJson({ type: 'diff', a, b, isSame, differences, pairs: pairs.length, ...lone })
      return
    }
    const lone = onlyA.length + onlyB.length
    const found = differences === 0 ? 'no difference' : counted(differences, 'difference')
    const where = differences === 0 ? '' : `${this.#differentPairs} of `
    const alone = lone === 0 ? '' : `, ${counted(lone, 'connection')} without a counterpart`
    print([`${found} in ${where}${counted(pairs.length, 'pair')} of connections${alone}`])
  }
}

function resultKeys({ heads, messages, controls, carriage, pace, total }: Result): object {
  return { differences: total, heads, messages, controls, carriage, pace }
}

function chopKeys({ expected, got }: Record<Reading, ChopCounts>): object {
  return { chopsA: expected, chopsB: got }
}

function counterOf(chops: ChopCounts): Facts {
  return {
    open: () => undefined,
    octets(_conn, _time, from, bytes) {
      chops[from].chops++
      chops[from].octets += bytes.length
    },
    tcp: () => undefined,
    mark: () => undefined,
    end: () => Promise.resolve(),
  }
}

function noChops(): ChopCounts {
  const side = () => ({ chops: 0, octets: 0 })
  return { client: side(), server: side() } satisfies Record<Side, object>
}

function pathText(path: string | null): string {
  return path === null ? '' : `, ${path}`
}

function printJson(line: object): void {
  print([JSON.stringify(line)])
}

function print(lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`)
}

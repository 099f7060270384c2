/** What replays came to: as lines, as JSON, as JUnit and as the exit code. */
import { ExitCode } from '../errors.ts'
import type { Ending } from '../net/player.ts'
import { counted } from '../protocol/words.ts'
import { peerOf, type Side } from '../protocol/side.ts'
import { saveFile } from '../recording/save.ts'
import { differenceJson, differenceLines, junitCases, summaryLines } from '../report/comparison-report.ts'
import { junitXml, type JUnitCase, type JUnitSuite } from '../report/junit.ts'
import { escapeForTerminal } from '../wire/escape.ts'
import type { DifferenceKind } from '../replay/difference.ts'
import { comparedKinds, compareOptionsOf } from './comparing.ts'
import type { ReplayOptions } from './replay.ts'
import type { Outcome } from './performance.ts'
import { say } from './terminal.ts'

const names = { expected: 'recorded', got: 'replayed' }

/** Which replay it is. */
export interface Replayed {
  /** The connection of the recording. */
  recorded: number
  /** The number of the replay. */
  conn: number
  /** Which one of the connection it is, as in `2 of 3`; null where there is one. */
  play: string | null
}

export class ReplayReport {
  readonly #role: Side
  readonly #options: ReplayOptions
  readonly #suites: JUnitSuite[] = []
  readonly #codes = new Set<number>()

  /** `role` is the side that is played. */
  constructor(role: Side, options: ReplayOptions) {
    this.#role = role
    this.#options = options
  }

  /** Prints what became of a replay. */
  add(replay: Replayed, outcome: Outcome): void {
    const { json, junit } = this.#options
    this.#codes.add(exitCodeOf(outcome))
    if (junit !== undefined) this.#addSuite(replay, outcome)
    if (json === true) this.#printJson(replay, outcome)
    else this.#print(replay, outcome)
  }

  /** Nothing follows: writes JUnit where asked for. Returns the exit code: refused, then not connected, then different. */
  async end(): Promise<number> {
    const { junit } = this.#options
    if (junit !== undefined)
      await saveFile(junit, junitXml(`wsinspect replay ${this.#role}`, this.#suites), true)
    const order = [ExitCode.usage, ExitCode.network, ExitCode.failed]
    return order.find(code => this.#codes.has(code)) ?? ExitCode.ok
  }

  #print({ recorded, play }: Replayed, outcome: Outcome): void {
    const title = `connection ${recorded}${play === null ? '' : `, play ${play}`}`
    if (!isPlayed(outcome.ending)) say(`${title}: ${endingText(outcome.ending, this.#role) ?? ''}`)
    else {
      const lines = outcomeLines(title, this.#role, outcome, this.#options.expect)
      process.stdout.write(`${lines.join('\n')}\n`)
    }
  }

  #printJson({ recorded, conn }: Replayed, { ending, result }: Outcome): void {
    const { differences, total, heads, messages, controls, carriage, pace } = result
    const reason = endingText(ending, this.#role)
    const counts = { differences: total, heads, messages, controls, carriage, pace }
    const lines = [
      ...differences.map(difference => differenceJson(recorded, conn, difference)),
      { type: 'replayed', conn: recorded, other: conn, ending: ending.kind, reason, ...counts },
    ]
    process.stdout.write(lines.map(line => `${JSON.stringify(line)}\n`).join(''))
  }

  #addSuite({ recorded, conn }: Replayed, { ending, result, duration }: Outcome): void {
    const name = `connection ${recorded}, replay ${conn}`
    const isSound = this.#options.expect === 'sound'
    const kinds: DifferenceKind[] = isSound
      ? ['rule']
      : comparedKinds(compareOptionsOf(this.#options, [peerOf(this.#role)]))
    // Where nothing was played nothing else was found out.
    const compared = isPlayed(ending) ? junitCases(result, name, kinds, names) : []
    const cases = [endingCase(name, ending, this.#role, duration), ...compared]
    this.#suites.push({ name, timestamp: new Date().toISOString(), cases })
  }
}

/** False where nothing was played. */
function isPlayed({ kind }: Ending): boolean {
  return kind !== 'refused' && kind !== 'failed'
}

/** What became of the replay that is called `title`, for people. */
export function outcomeLines(
  title: string,
  role: Side,
  { ending, result }: Outcome,
  measure: ReplayOptions['expect'] = 'recorded',
): string[] {
  const { differences, total } = result
  const reason = endingText(ending, role)
  const noun = measure === 'sound' ? 'fault' : 'difference'
  const found = total > 0 ? counted(total, noun) : reason === null ? `no ${noun}` : ''
  const first = `${title}: ${[reason ?? '', isPlayed(ending) ? found : ''].filter(text => text !== '').join('; ')}`
  if (!isPlayed(ending)) return [escapeForTerminal(first)]
  const more = total - differences.length
  return [
    ...[first, ...summaryLines(result, names).map(line => `  ${line}`)].map(escapeForTerminal),
    ...differences.flatMap(difference => differenceLines(difference, names).map(line => `  ${line}`)),
    ...(more > 0 ? [`  … ${counted(more, `more ${noun}`)} (--limit)`] : []),
  ]
}

/** The test of whether the replay came to its end after `duration` ms; an error where it could not be played. */
export function endingCase(classname: string, ending: Ending, role: Side, duration: number): JUnitCase {
  const message = endingText(ending, role)
  const type = isPlayed(ending) ? 'failure' : 'error'
  const outcome: JUnitCase['outcome'] =
    message === null ? { type: 'passed' } : { type, kind: ending.kind.toUpperCase(), message, text: message }
  return { classname, name: 'replay', time: duration / 1000, outcome }
}

/** Why a replay ended, in a line; null where it came to its end. */
export function endingText(ending: Ending, role: Side): string | null {
  switch (ending.kind) {
    case 'done':
      return null
    case 'early': {
      const { frame, offset } = ending.step
      const at = frame === 0 ? `octet ${offset}` : `frame ${frame} (octet ${offset})`
      return `the ${peerOf(role)} ended TCP (${ending.state}) before ${at} of the ${role} was sent`
    }
    case 'timeout':
      return ending.text
    case 'failed':
      return `cannot connect to ${ending.text}`
    case 'stopped':
      return ending.reason
    case 'refused':
      return `not replayed: ${ending.reason}`
  }
}

/** The exit code of one replay. */
export function exitCodeOf({ ending, result }: Outcome): number {
  if (ending.kind === 'refused') return ExitCode.usage
  if (ending.kind === 'failed') return ExitCode.network
  return ending.kind === 'done' && result.total === 0 ? ExitCode.ok : ExitCode.failed
}

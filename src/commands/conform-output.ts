/** What a run of cases prints while it goes on: a table that fills in a terminal, lines or JSON without. */
import type { CaseReport } from '../conformance/case-report.ts'
import type { ConformCase } from '../conformance/case.ts'
import { reasonOf } from '../conformance/reasons.ts'
import { standingText } from '../conformance/standing.ts'
import { codeText } from '../protocol/close-code.ts'
import { escapeForTerminal } from '../wire/escape.ts'
import { roughTime, tallyTable, type ConformTally } from './conform-tally.ts'
import { divertMessages } from './terminal.ts'

/** Milliseconds between two drawings of the table, and between two lines of progress on stderr. */
const drawInterval = 100
const sayInterval = 10_000

export interface ConformOutput {
  begin: (of: ConformCase) => void
  add: (report: CaseReport) => void
  end: () => void
}

/** A JSON line of a case; see docs/json.md. */
export function caseLine(report: CaseReport): object {
  const { agent, id, behavior, behaviorClose, duration, remoteCloseCode, result, resultClose } = report
  return { type: 'case', agent, id, behavior, behaviorClose, duration, remoteCloseCode, result, resultClose }
}

/** An id in its column; those that Autobahn does not have are longer. */
export function idCell(id: string): string {
  return id.padEnd(id.startsWith('ws.') ? 18 : 8)
}

/** The plain line of a case, with why it is not OK. */
export function plainLine(report: CaseReport): string {
  const { agent, id, behavior, behaviorClose, duration, remoteCloseCode } = report
  const cells = [
    idCell(id),
    behavior.padEnd(14),
    behaviorClose.padEnd(16),
    codeText(remoteCloseCode).padEnd(8),
    `${duration} ms`.padStart(9),
  ]
  const why = reasonOf(report)
  return escapeForTerminal(`${cells.join('')}  ${agent}${why === '' ? '' : `: ${why}`}`)
}

/** Lines on stdout, and now and then how long it will take on stderr; `elapsed` null where others set the pace. */
export function lineOutput(
  tally: ConformTally,
  json: boolean,
  elapsed: (() => number) | null,
  say: (text: string) => void,
): ConformOutput {
  let said = 0
  return {
    begin: ({ id }) => tally.running.add(id),
    add(report) {
      tally.add(report)
      process.stdout.write(`${json ? JSON.stringify(caseLine(report)) : plainLine(report)}\n`)
      const now = elapsed?.() ?? 0
      const left = tally.remaining(now)
      if (left === null || now - said < sayInterval) return
      said = now
      say(`${tally.done} of ${tally.total} cases, about ${roughTime(left)} left`)
    },
    end() {
      if (!json) process.stdout.write(`\n${tallyTable(tally).join('\n')}\n`)
    },
  }
}

/** The table in a terminal, drawn anew in its place; what fails is a line above it. */
export function tableOutput(tally: ConformTally, elapsed: () => number): ConformOutput {
  const { stdout } = process
  let drawn = 0
  let pending: string[] = []
  const draw = (isLast: boolean) => {
    const left = tally.remaining(elapsed())
    const running = [...tally.running].slice(0, 8).join(' ')
    const rest = left === null ? '' : `, about ${roughTime(left)} left`
    const status = isLast ? [] : [`${tally.done} of ${tally.total}${rest}: ${running}`]
    const lines = [...tallyTable(tally), ...status]
    const up = drawn === 0 ? '' : `\x1b[${drawn}A\r`
    const rows = [...pending, ...lines].map(line => `${fit(line)}\x1b[K\n`)
    stdout.write(`${up}${rows.join('')}\x1b[J`)
    pending = []
    drawn = lines.length
  }
  const print = (line: string) => pending.push(line)
  divertMessages(message => print(`wsinspect: ${escapeForTerminal(message)}`))
  const timer = setInterval(() => {
    draw(false)
  }, drawInterval)
  return {
    begin: ({ id }) => tally.running.add(id),
    add(report) {
      tally.add(report)
      if (standingText(report) !== 'OK' && standingText(report) !== 'INFORMATIONAL') print(plainLine(report))
    },
    end() {
      clearInterval(timer)
      divertMessages(null)
      draw(true)
    },
  }
}

/** A line that does not wrap. */
function fit(line: string): string {
  const room = Math.max(20, process.stdout.columns - 1)
  return line.length > room ? `${line.slice(0, room - 1)}…` : line
}

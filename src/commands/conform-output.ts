/** What a run of cases prints while it goes on: a table that fills in a terminal, lines or JSON without. */
import type { CaseReport } from '../conformance/case-report.ts'
import type { ConformCase } from '../conformance/case.ts'
import { reasonOf } from '../conformance/reasons.ts'
import { standingText } from '../conformance/standing.ts'
import { codeText } from '../protocol/close-code.ts'
import { escapeForTerminal } from '../wire/escape.ts'
import { cut, wrapWords } from '../tui/text.ts'
import { roughTime, tallyTable, tallyTables, type ConformTally } from './conform-tally.ts'
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

/** The lines of a case: one with its reason, or where there are but so many `columns`, the reason below it. */
export function caseLines(report: CaseReport, columns: number | null): string[] {
  const { agent, id, behavior, behaviorClose, duration, remoteCloseCode } = report
  const cells = [
    idCell(id),
    behavior.padEnd(14),
    behaviorClose.padEnd(17),
    codeText(remoteCloseCode).padEnd(8),
    `${duration} ms`.padStart(9),
  ]
  const line = escapeForTerminal(`${cells.join('')}  ${agent}`)
  const why = escapeForTerminal(reasonOf(report))
  if (why === '') return [line]
  if (columns === null) return [`${line}: ${why}`]
  const indent = ' '.repeat(idCell(id).length)
  return [line, ...wrapWords(why, columns - indent.length).map(words => indent + words)]
}

/** Columns that a line may take on stdout; null where that is no terminal. */
function columnsOfStdout(): number | null {
  return process.stdout.isTTY ? Math.max(40, process.stdout.columns - 1) : null
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
      const lines = json ? [JSON.stringify(caseLine(report))] : caseLines(report, columnsOfStdout())
      process.stdout.write(`${lines.join('\n')}\n`)
      const now = elapsed?.() ?? 0
      const left = tally.remaining(now)
      if (left === null || now - said < sayInterval) return
      said = now
      say(`${tally.done} of ${tally.total} cases, about ${roughTime(left)} left`)
    },
    end() {
      if (!json) process.stdout.write(`\n${endTables(tally).join('\n')}\n`)
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
    const status = [`${tally.done} of ${tally.total}${rest}: ${running}`]
    const lines = isLast ? endTables(tally) : [...tallyTable(tally.groups), ...status]
    const up = drawn === 0 ? '' : `\x1b[${drawn}A\r`
    const columns = columnsOfStdout() ?? Infinity
    const rows = [...pending, ...lines].map(line => `${cut(line, columns)}\x1b[K\n`)
    stdout.write(`${up}${rows.join('')}\x1b[J`)
    pending = []
    drawn = lines.length
  }
  divertMessages(message => {
    pending.push(...wrapWords(`wsinspect: ${escapeForTerminal(message)}`, columnsOfStdout() ?? Infinity))
  })
  const timer = setInterval(() => {
    draw(false)
  }, drawInterval)
  return {
    begin: ({ id }) => tally.running.add(id),
    add(report) {
      tally.add(report)
      if (standingText(report) !== 'OK' && standingText(report) !== 'INFORMATIONAL')
        pending.push(...caseLines(report, columnsOfStdout()))
    },
    end() {
      clearInterval(timer)
      divertMessages(null)
      draw(true)
    },
  }
}

/** The tables at the end, with the names of agents as a terminal may have them. */
function endTables(tally: ConformTally): string[] {
  return tallyTables(tally).map(escapeForTerminal)
}

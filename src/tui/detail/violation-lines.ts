/** What was broken, by whom, and what shows it; and what a verdict says of all of it. */
import { closeCodeName } from '../../protocol/close-code.ts'
import { ruleOf, ruleText } from '../../protocol/rules.ts'
import { counted } from '../../protocol/words.ts'
import type { Stamp, Tally, Verdict } from '../../wire/entry.ts'
import { durationText } from '../units.ts'
import { hexLines, plainDump } from './hex-lines.ts'
import { listed, piece, roleOf, stacked, type Line, type Lines } from './lines.ts'
import type { ViolationRow } from './neighbours.ts'
import { named, prose } from './text-lines.ts'

/** A few lines for each, to stand beside what they belong to. */
export function violationLines(violations: readonly ViolationRow[], columns: number): Line[] {
  return violations.flatMap(violation => {
    const { severity, section } = ruleOf(violation.rule)
    const text = ruleText(violation.rule, violation.from ?? 'client')
    const times = violation.count === 1 ? '' : ` ×${violation.count}`
    const said = `! ${severity} ${violation.rule} (${section}): ${text}: ${violation.detail}${times}`
    return prose(said, columns, roleOf(severity), 2)
  })
}

/** All of one violation: the rule, what was expected and what came, and the octets that show it. */
export function violationDetail(violation: ViolationRow, columns: number): Lines {
  const { rule, detail, count, evidence, evidenceOffset } = violation
  const { severity, section, closeCode } = ruleOf(rule)
  const answer = `Close code of a conforming peer: ${closeCode ?? ''} ${closeCodeName(closeCode ?? 0)}`
  const lines = [
    [piece(rule, 'strong'), piece(` ${severity}`, roleOf(severity)), piece(` ${section}`, 'quiet')],
    ...prose(ruleText(rule, violation.from ?? 'client'), columns),
    ...named('found', detail, columns),
    ...named('fault', faultText(violation), columns),
    ...(closeCode === null ? [] : named('answer', answer, columns)),
    ...named('where', placeText(violation), columns),
    ...(count === 1 ? [] : named('run', `${count} times in a row, this is the first`, columns)),
    ...(evidence.length === 0 ? [] : named('octets', 'that show it, as on the wire', columns)),
  ]
  return stacked([listed(lines), hexLines(plainDump(evidence, evidenceOffset ?? 0), columns)])
}

function faultText({ rule, from }: ViolationRow): string {
  const { fault } = ruleOf(rule)
  const side = from === null ? 'nobody known' : `the ${from}`
  if (fault === 'sender') return `${side}, which sent it`
  return fault === 'receiver'
    ? `${side}, which should have reacted`
    : fault === 'network'
      ? 'nobody known'
      : side
}

function placeText({ offset, subject, subjectOffset, messageOffset }: ViolationRow): string {
  const parts = [`octet ${offset} of the stream`]
  if (subject !== null && subjectOffset !== null)
    parts.push(`octet ${offset - subjectOffset} of the ${subject} at ${subjectOffset}`)
  if (messageOffset !== null) parts.push(`octet ${messageOffset} of its message`)
  return parts.join(', ')
}

/** A verdict part by part, and the errors and warnings it rests on. */
export function verdictDetail(
  verdict: Stamp & Verdict,
  violations: readonly ViolationRow[],
  columns: number,
): Lines {
  const { by, code, reason, clean, answered, duration, frames, rules } = verdict
  const closed = `${code === null ? 'no code' : `${code} ${closeCodeName(code)}`}, reason "${reason ?? ''}"`
  return listed([
    ...verdict.text.split('; ').flatMap(part => prose(part, columns, 'strong', 2)),
    ...named('clean', clean ? 'yes' : 'no', columns, clean ? 'good' : 'warning'),
    ...(by === null ? named('Close', 'none', columns) : named('Close', `by the ${by}, ${closed}`, columns)),
    ...(by === null ? [] : named('answered', answered ? 'yes' : 'no', columns)),
    ...named(
      'TCP',
      verdict.tcpFirst === null ? 'ended by neither side' : `ended first by the ${verdict.tcpFirst}`,
      columns,
    ),
    ...named('API', `client ${apiText(verdict.apiClient)}, server ${apiText(verdict.apiServer)}`, columns),
    ...named('client', tallyText(verdict.clientFaults), columns),
    ...named('server', tallyText(verdict.serverFaults), columns),
    ...named(
      'checked',
      `${counted(frames, 'frame')} by ${rules} rules in ${durationText(duration)}`,
      columns,
    ),
    ...violationLines(violations, columns),
  ])
}

function apiText(code: number | null): string {
  return code === null ? 'not known' : `${code} (${closeCodeName(code)})`
}

function tallyText({ error, warning, notice, info }: Tally): string {
  return [
    counted(error, 'error'),
    counted(warning, 'warning'),
    counted(notice, 'notice'),
    `${info} info`,
  ].join(', ')
}

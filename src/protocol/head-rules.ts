/** What the rules on heads share, and the syntax that any head may break (RFC 9112 §2.2, §5). */
import { parseExtensions } from './extension-header.ts'
import { fieldsOf, hasToken, offsetIn, valuesOf, type Field, type Head } from './http-head.ts'
import { ruleOf, type RuleId } from './rules.ts'
import { quoted } from './words.ts'

/** One place where a head is wrong: its stream offset, expected and actual values. */
export interface Finding {
  offset: number
  detail: string
}

/** A rule that a head breaks. All places where it breaks the same rule are one. */
export interface HeadFault extends Finding {
  rule: RuleId
}

/** Values of a list that a detail shows. */
const shownValues = 8

/** Values in quotes, or `nothing`. */
export function shown(values: readonly string[]): string {
  return values.length === 0 ? 'nothing' : few(values.map(quoted))
}

/** Items with commas between, or whatever separates them; and how many more there are. */
function few(items: readonly string[], separator = ', '): string {
  const more = items.length > shownValues ? ` and ${items.length - shownValues} more` : ''
  return items.slice(0, shownValues).join(separator) + more
}

/** The fault that all findings of one rule make, at the place of the first; none without. */
export function faultOf(rule: RuleId, findings: readonly Finding[]): HeadFault[] {
  const [first] = findings
  if (first === undefined) return []
  const details = findings.map(({ detail }) => detail)
  return [{ rule, offset: first.offset, detail: few(details, '; ') }]
}

/** Where the value of `field` begins; where the head begins without one. */
export function placeOf(head: Head, field: Field | undefined): number {
  return field === undefined ? head.offset : offsetIn(field, 0)
}

/** Those that a conforming peer does not pass over. */
export function errorsOf(faults: readonly HeadFault[]): HeadFault[] {
  return faults.filter(({ rule }) => ruleOf(rule).severity === 'error')
}

/** Which rules are broken. */
export function rulesOf(faults: readonly HeadFault[]): string {
  return few(faults.map(({ rule }) => rule))
}

/** A list header that must hold `token`. */
export function tokenFaults(head: Head, rule: RuleId, name: string, token: string): HeadFault[] {
  if (hasToken(head, name, token)) return []
  const offset = placeOf(head, fieldsOf(head, name)[0])
  return [{ rule, offset, detail: `${name} has ${shown(valuesOf(head, name))}, needs "${token}"` }]
}

/** True for every version from 1.1 on of those that are followed. */
export function isAtLeast11(version: string): boolean {
  const minor = version.slice('HTTP/1.'.length)
  return minor.length === 1 && minor >= '1' && minor <= '9'
}

/** Headers that announce a body, on a head that has none. */
export function bodyFaults(head: Head, rule: RuleId): HeadFault[] {
  const fields = [
    ...fieldsOf(head, 'Transfer-Encoding'),
    ...fieldsOf(head, 'Content-Length').filter(({ value }) => Number(value) !== 0),
  ]
  return faultOf(
    rule,
    fields.map(({ name, value, offset }) => ({ offset, detail: `${name} has ${quoted(value)}` })),
  )
}

/** Where Sec-WebSocket-Extensions breaks the grammar of RFC 6455 §9.1. */
export function extensionSyntaxFaults(head: Head, rule: RuleId): HeadFault[] {
  const findings: Finding[] = []
  for (const field of fieldsOf(head, 'Sec-WebSocket-Extensions')) {
    const { faultAt } = parseExtensions(field.value)
    if (faultAt === null) continue
    const rest = field.value.slice(faultAt)
    const where = rest === '' ? 'at its end' : `at ${quoted(rest)}`
    findings.push({ offset: offsetIn(field, faultAt), detail: `${quoted(field.value)} breaks ${where}` })
  }
  return faultOf(rule, findings)
}

/** Lines that are no header lines of HTTP. */
export function syntaxFaults(head: Head): HeadFault[] {
  return faultOf(
    'head.syntax',
    head.flaws.map(({ kind, offset, count }) => ({
      offset,
      detail: count === 1 ? kind : `${kind} on ${count} lines`,
    })),
  )
}

/** Verdicts as pages show them: a sign, words and a class, so that nothing is told by colour alone. */
import type { Behavior, BehaviorClose } from '../conformance/case-report.ts'
import type { Severity } from '../protocol/rules.ts'
import { markup, type Html } from './html.ts'

interface Look {
  sign: string
  words: string
  /** A class of the style. */
  tone: 'good' | 'almost' | 'notice' | 'quiet' | 'bad'
}

const behaviors: Record<Behavior, Look> = {
  OK: { sign: '✓', words: 'Pass', tone: 'good' },
  'NON-STRICT': { sign: '≈', words: 'Non-strict', tone: 'almost' },
  INFORMATIONAL: { sign: 'i', words: 'Info', tone: 'notice' },
  UNIMPLEMENTED: { sign: '–', words: 'Unimplemented', tone: 'quiet' },
  FAILED: { sign: '✗', words: 'Fail', tone: 'bad' },
}

const closeBehaviors: Record<BehaviorClose, Look> = {
  OK: { sign: '✓', words: 'clean close', tone: 'good' },
  INFORMATIONAL: { sign: 'i', words: 'close not judged', tone: 'notice' },
  FAILED: { sign: '✗', words: 'close failed', tone: 'bad' },
  'WRONG CODE': { sign: '≠', words: 'wrong close code', tone: 'almost' },
  UNCLEAN: { sign: '✗', words: 'unclean close', tone: 'bad' },
  'FAILED BY CLIENT': { sign: '◂', words: 'TCP ended by the client', tone: 'almost' },
}

const severities: Record<Severity, Look> = {
  error: { sign: '✗', words: 'error', tone: 'bad' },
  warning: { sign: '▲', words: 'warning', tone: 'almost' },
  notice: { sign: '●', words: 'notice', tone: 'notice' },
  info: { sign: '·', words: 'info', tone: 'quiet' },
}

export function behaviorLook(behavior: Behavior): Look {
  return behaviors[behavior]
}

export function closeLook(behavior: BehaviorClose): Look {
  return closeBehaviors[behavior]
}

export function severityBadge(severity: Severity): Html {
  return badge(severities[severity])
}

export function badge({ sign, words, tone }: Look, more = ''): Html {
  return markup`<span class="badge ${tone}"><b aria-hidden="true">${sign}</b> ${words}${more}</span>`
}

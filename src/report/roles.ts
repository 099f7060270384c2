/** Who is who on a page. Autobahn's words are those of the fuzzer: it transmits, the agent is received from. */
import type { CaseReport } from '../conformance/case-report.ts'

export interface Roles {
  me: string
  peer: string
  /** Headings: what each of them sent. */
  sent: string
  received: string
}

/** Of a recording: the client stands in the place of the fuzzer. */
export const recordedRoles: Roles = {
  me: 'the client',
  peer: 'the server',
  sent: 'sent by the client',
  received: 'sent by the server',
}

/** Of a case. */
export function caseRoles({ agent }: CaseReport): Roles {
  return {
    me: 'the fuzzer',
    peer: agent,
    sent: 'transmitted by the fuzzer',
    received: `received from ${agent}`,
  }
}

/** All that Autobahn tells of how a connection was closed, with what each of it means. */
import type { CaseReport } from '../conformance/case-report.ts'
import { markup, type Html } from './html.ts'
import type { Roles } from './roles.ts'

type Key = keyof CaseReport

/** In Autobahn's order. `{me}` and `{peer}` stand for those of the page. */
const meanings: readonly [key: Key, meaning: string][] = [
  ['isServer', '{me} is the server.'],
  ['closedByMe', '{me} sent the first Close.'],
  ['failedByMe', '{me} failed the connection: it gave it up over an error (RFC 6455 §7.1.7).'],
  ['droppedByMe', '{me} ended TCP first.'],
  ['wasClean', 'Both Closes came before TCP ended, and nobody failed the connection (RFC 6455 §7.1.4).'],
  ['wasNotCleanReason', 'Why it was not clean.'],
  [
    'wasServerConnectionDropTimeout',
    'The server did not end TCP in time after the closing handshake (RFC 6455 §7.1.1).',
  ],
  ['wasOpenHandshakeTimeout', 'The opening handshake was not over in time.'],
  ['wasCloseHandshakeTimeout', 'A Close was not answered in time.'],
  ['localCloseCode', 'The code of the Close that {me} sent.'],
  ['localCloseReason', 'Its reason.'],
  ['remoteCloseCode', 'The code of the Close that {peer} sent.'],
  ['remoteCloseReason', 'Its reason.'],
]

export function closingTable(report: CaseReport, { me, peer }: Roles): Html {
  const rows = meanings.map(([key, meaning]) => {
    const text = meaning.replace('{me}', me).replace('{peer}', peer)
    const value = report[key]
    const shown = typeof value === 'string' ? `"${value}"` : JSON.stringify(value)
    return markup`<tr><td class="mono">${key}</td><td class="mono">${shown}</td><td>${text.charAt(0).toUpperCase() + text.slice(1)}</td></tr>`
  })
  return markup`<div class="scroll"><table class="wide closing stack"><thead><tr><th>key</th><th>value</th><th>meaning</th></tr></thead><tbody>${rows}</tbody></table></div>`
}

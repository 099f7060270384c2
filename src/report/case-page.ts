/** The page of one case, or of one recorded connection: everything that Autobahn's page of a case holds, and what it does not. */
import type { CaseEvent, CaseReport } from '../conformance/case-report.ts'
import { deflateText } from '../protocol/permessage-deflate.ts'
import { counted } from '../protocol/words.ts'
import type { Spread } from '../wire/stats/sample.ts'
import { closingTable } from './closing-table.ts'
import { headRows, tailRows, type Connection } from './connection.ts'
import { endingList, violationTable } from './evidence.ts'
import { duration, grouped, size } from './figures.ts'
import { fuzzerLog } from './fuzzer-log.ts'
import { histogramFigure } from './histogram.ts'
import { markup, type Html } from './html.ts'
import { logData } from './log-data.ts'
import { logScript } from './log-script.ts'
import { rates, ratesLegend } from './rates.ts'
import { caseRoles, recordedRoles } from './roles.ts'
import { documentOf } from './shell.ts'
import { style } from './style.ts'
import { timeline, timelineLegend } from './timeline.ts'
import { badge, behaviorLook, closeLook } from './verdict-words.ts'
import { chopSizes, opcodes } from './wire-tables.ts'

/** A case without a connection, such as one that could not be made, has no wire log. */
export interface CasePage {
  report: CaseReport
  connection: Connection | null
  /** Said above the name. */
  title: string
  /** A recording rather than a case. */
  recorded: boolean
  /** The name of the index beside it, null where there is none. */
  index: string | null
}

export function casePage(page: CasePage): string {
  const { report, connection, recorded } = page
  const name = recorded ? `Connection ${report.id.replace('conn-', '')}` : `Case ${report.id}`
  const body = markup`${top(page, name)}
<main>
${outcome(page)}
${connection === null ? null : section('violations', 'Violations', violationTable(connection))}
${connection === null ? null : timelineSection(connection)}
${handshake(report, connection)}
${closing(page)}
${statistics(page)}
${connection === null ? null : compression(connection)}
${connection === null ? null : wireLog(connection)}
${recorded ? null : section('fuzzer-log', 'Wire log of the fuzzer', markup`<details open><summary>as Autobahn writes it: with its timers, without times</summary>${fuzzerLog(report)}</details>`)}
</main>
<footer>${footer(page)}</footer>`
  const data = connection === null ? null : logData(connection)
  const script = connection === null ? '' : logScript
  return documentOf({ title: `${name} · ${report.agent}`, style, script, data, body })
}

function section(id: string, title: string, content: Html | null): Html | null {
  return content === null ? null : markup`<section id="${id}"><h2>${title}</h2>${content}</section>`
}

function top({ report, connection, title, index }: CasePage, name: string): Html {
  const up = index === null ? null : markup`<a class="up" href="${index}">${title}</a> / ${report.agent}`
  const code = report.remoteCloseCode === null ? '' : `, ${report.remoteCloseCode}`
  return markup`<header class="top"><p class="crumbs">${up ?? title}</p>
<h1>${name} <small>${report.agent}</small></h1>
<div class="badges">${badge(behaviorLook(report.behavior))}${badge(closeLook(report.behaviorClose), code)}</div>
${facts(report, connection)}</header>`
}

function facts(report: CaseReport, connection: Connection | null): Html {
  const open = connection?.open
  const sent = connection?.statistics
  const rows: [string, string | null][] = [
    ['server', open?.url ?? null],
    [
      'joins',
      open === null || open === undefined
        ? null
        : `${open.client} → ${open.server}${open.tls ? ', TLS' : ''}`,
    ],
    ['started', report.started.replace('T', ' ').replace('Z', ' UTC')],
    ['duration', duration(report.duration)],
    [
      'frames',
      sent === undefined
        ? null
        : `${grouped(sent.client.frames.total)} client, ${grouped(sent.server.frames.total)} server`,
    ],
    [
      'octets',
      sent === undefined
        ? null
        : `${size(sent.client.octets.total)} client, ${size(sent.server.octets.total)} server`,
    ],
  ]
  return markup`<dl class="facts">${rows.map(([key, value]) =>
    value === null ? null : markup`<div><dt>${key}</dt><dd>${value}</dd></div>`,
  )}</dl>`
}

function outcome({ report, connection, recorded }: CasePage): Html {
  const { description, expectation, result, resultClose } = report
  if (recorded) {
    return markup`<p class="lead">${result}</p>${connection === null ? null : endingList(connection)}`
  }
  return markup`<section id="outcome"><div class="columns">
<div><h2>Description</h2><p class="pre">${description}</p></div>
<div><h2>Expectation</h2><p class="pre">${expectation}</p></div></div>
<h2>Outcome</h2><p>${result}</p><p>${resultClose} (${report.behaviorClose})</p>
<div class="columns"><div><h3>Expected</h3>${Object.entries(report.expected).map(
    ([behavior, events]) => markup`<p class="mono">${behavior}</p>${eventList(events)}`,
  )}</div><div><h3>Observed</h3>${observed(report)}</div></div>
${onTheWire(connection)}</section>`
}

function onTheWire(connection: Connection | null): Html | null {
  if (connection === null || connection.verdict === null) return null
  return markup`<h3>What was on the wire</h3><p>${connection.verdict.text}</p>${endingList(connection)}`
}

/** Events of a list that are shown. */
export const eventRows = 40

/** What of a peer is an event; of one that said something else, how much that was. */
function observed(report: CaseReport): Html {
  const others = report.received.length === 0 ? octetsBehindHead(report) : 0
  if (others === 0) return eventList(report.received)
  const where = report.createWirelog ? ', see the wire log' : ''
  return markup`<p class="note">no event of the case; ${counted(others, 'octet')} came${where}</p>`
}

/** Octets of the peer behind its head, or all of them where that was not completed. */
function octetsBehindHead({ isServer, httpRequest, httpResponse, rxOctetStats }: CaseReport): number {
  const head = isServer ? httpRequest : httpResponse
  const reads = Object.entries(rxOctetStats)
  const all = reads.reduce((sum, [size, count]) => sum + Number(size) * count, 0)
  return all - (head === '?' ? 0 : head.length)
}

function eventList(events: readonly CaseEvent[]): Html {
  if (events.length === 0) return markup`<p class="note">nothing</p>`
  const lines = events.slice(0, eventRows).map(([what, text, isBinary]) => {
    const kind = what === 'message' ? `${isBinary ? 'binary' : 'text'} message` : what
    return `${kind.padEnd(15)} ${what === 'timeout' ? text : `"${text}"`}`
  })
  const more = events.length > eventRows ? `\n… ${events.length - eventRows} more` : ''
  return markup`<pre>${lines.join('\n')}${more}</pre>`
}

function timelineSection(connection: Connection): Html | null {
  const detailed = timeline(connection)
  const figure = detailed ?? rates(connection)
  if (figure === null) return null
  const legend = detailed === null ? ratesLegend(connection) : timelineLegend()
  return markup`<section id="timeline"><h2>Timeline</h2><div class="track" tabindex="0" role="region" aria-label="timeline">${figure}</div>${legend}</section>`
}

function handshake(report: CaseReport, connection: Connection | null): Html {
  const answered = connection?.statistics.handshakes.responseTimes.max ?? null
  const time = answered === null ? null : markup`<p class="note">answered after ${duration(answered)}</p>`
  return markup`<section id="handshake"><h2>Opening handshake</h2>${time}<div class="columns"><div><h3 class="client-name">request</h3><pre>${report.httpRequest.trimEnd()}</pre></div><div><h3 class="server-name">response</h3><pre>${report.httpResponse.trimEnd()}</pre></div></div></section>`
}

function closing({ report, recorded }: CasePage): Html {
  const roles = recorded ? recordedRoles : caseRoles(report)
  return markup`<section id="closing"><h2>Closing behavior</h2><p>${report.resultClose} (${report.behaviorClose})</p>${closingTable(report, roles)}</section>`
}

function statistics({ report, connection, recorded }: CasePage): Html {
  const { sent, received } = recorded ? recordedRoles : caseRoles(report)
  return markup`<section id="statistics"><h2>Wire statistics</h2><div class="stats">
${chopSizes(`Octets ${received}`, report.rxOctetStats)}
${chopSizes(`Octets ${sent}`, report.txOctetStats)}
${opcodes(`Frames ${received}`, report.rxFrameStats)}
${opcodes(`Frames ${sent}`, report.txFrameStats)}
</div>${connection === null ? null : [histograms(connection), durations(connection)]}</section>`
}

function histograms({ statistics: { client, server } }: Connection): Html {
  return markup`<div class="figures">
${histogramFigure('Frames by octets of payload', client.frames.sizes, server.frames.sizes)}
${histogramFigure('Messages by octets', client.messages.sizes, server.messages.sizes)}
${histogramFigure('Frames per message', client.messages.frames, server.messages.frames)}
${histogramFigure('Chops per frame', client.frames.chops, server.frames.chops)}
${histogramFigure('Frames per chop', client.frames.perChop, server.frames.perChop)}
</div>`
}

function durations({ statistics: { client, server }, heads, firstData }: Connection): Html | null {
  const opened = heads.server?.time ?? null
  const one = (time: number | undefined): Spread => {
    const value = time === undefined || opened === null || time < opened ? null : time - opened
    return { count: value === null ? 0 : 1, min: value, median: value, p99: value, max: value }
  }
  const spreads: [string, Spread][] = [
    ['ping answered by the client', client.roundTrips],
    ['ping answered by the server', server.roundTrips],
    ['first data frame of the client, after the response', one(firstData.client?.time)],
    ['first data frame of the server, after the response', one(firstData.server?.time)],
  ]
  const rows = spreads.filter(([, { count }]) => count > 0)
  if (rows.length === 0) return null
  return markup`<div class="scroll durations"><table><caption>Durations in ms</caption><thead><tr><th></th><th class="n">count</th><th class="n">min</th><th class="n">median</th><th class="n">p99</th><th class="n">max</th></tr></thead><tbody>${rows.map(
    ([label, { count, min, median, p99, max }]) =>
      markup`<tr><td>${label}</td><td class="n">${grouped(count)}</td>${[min, median, p99, max].map(value => markup`<td class="n">${value === null ? '–' : value.toFixed(3)}</td>`)}</tr>`,
  )}</tbody></table></div>`
}

function compression({ deflate, statistics: { client, server } }: Connection): Html | null {
  if (deflate === null && client.compression.messages + server.compression.messages === 0) return null
  const sides = { client: client.compression, server: server.compression }
  const row = (label: string, of: (side: 'client' | 'server') => string) =>
    markup`<tr><td>${label}</td><td class="n">${of('client')}</td><td class="n">${of('server')}</td></tr>`
  const { length } = [client, server].flatMap(({ compression: { notInflated } }) =>
    Object.values(notInflated).filter(count => count > 0),
  )
  return section(
    'compression',
    'Compression',
    markup`<div class="scroll"><table><thead><tr><th>permessage-deflate</th><th class="n client-name">client</th><th class="n server-name">server</th></tr></thead><tbody>
${row('agreed', side => (deflate === null ? 'nothing' : deflateText(deflate[side])))}
${row('compressed messages', side => grouped(sides[side].messages))}
${row('octets on the wire', side => grouped(sides[side].wireOctets))}
${row('octets inflated', side => grouped(sides[side].octets))}
${row('ratio, wire to inflated', side => sides[side].ratio?.toFixed(3) ?? '–')}
${length === 0 ? null : row('not inflated: capped, context lost, corrupt', side => Object.values(sides[side].notInflated).join(', '))}
</tbody></table></div>`,
  )
}

const kinds = ['chops', 'frames', 'violations', 'other']

function wireLog({ omitted }: Connection): Html {
  const note =
    omitted === null
      ? null
      : markup`<p class="note"><b>${grouped(omitted.rows)} rows are left out</b>: of a longer log a page has the first ${grouped(headRows)} and the last ${grouped(tailRows)} rows. Statistics and violations are those of all rows.</p>`
  return markup`<section id="log"><h2>Wire log</h2>${note}
<div class="bar"><input type="search" id="find" placeholder="filter: words of a row" aria-label="filter the rows" autocomplete="off" spellcheck="false">${kinds.map(
    kind => markup`<button type="button" data-kind="${kind}" aria-pressed="true">${kind} <b></b></button>`,
  )}<output id="count" aria-live="polite"></output></div>
<div class="rows" id="rows" tabindex="0" role="listbox" aria-label="rows of the wire log"><div id="pad"></div></div>
<div id="row" aria-live="polite"></div>
<p class="hint keys"><kbd>/</kbd> filter <kbd>j</kbd> <kbd>k</kbd> move <kbd>e</kbd> <kbd>E</kbd> next, last error or warning <kbd>g</kbd> <kbd>G</kbd> begin, end <kbd>u</kbd> index</p>
<noscript><p class="note">The rows are drawn by a script, which is switched off.</p></noscript></section>`
}

function footer({ report, recorded }: CasePage): Html {
  const events = recorded ? '' : ` Case ${report.case}.`
  return markup`Drawn by wsinspect from the octets on the wire.${events} Times are in ms since the start of the record; offsets count in the octets of each side.`
}

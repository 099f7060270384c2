/** `wsinspect limits`: every bound, what is done beyond it, and the flag that changes it. */
import { eventLimit as caseEventLimit, keptOfAll as keptMessages } from '../conformance/fuzzer.ts'
import { recordLimit as caseRecordLimit, shownLimit } from '../conformance/notes.ts'
import { keptLimit } from '../conformance/receiver.ts'
import { defaultPatience } from '../conformance/surroundings.ts'
import { openingTries } from '../net/conform-client.ts'
import { headTime, statusTime } from '../net/conform-server.ts'
import { leaveTime, unreadLimit } from '../net/conform-transport.ts'
import { connectionLimit } from '../net/listen.ts'
import { heldEnough, mostHeld } from '../net/player.ts'
import { flushTime } from '../net/relay.ts'
import { stallTimes } from '../net/stall-watch.ts'
import { tlsTimeout } from '../net/tls.ts'
import { windowLimit } from '../protocol/deflate-history.ts'
import { earlyLimit, pipelineLimit } from '../protocol/http-exchange.ts'
import { headLimit } from '../protocol/http-head.ts'
import { finalBlockLimit } from '../protocol/inflate-blocks.ts'
import { closeLooks, retryLimit } from '../protocol/inflater.ts'
import { controlLimit, manyFragments } from '../protocol/message.ts'
import { keptOfAll, keptOfSide } from '../recording/beginnings.ts'
import { nestingLimit } from '../recording/format.ts'
import { elementLimit } from '../recording/head-scrubber.ts'
import { openLimit } from '../recording/fact-reader.ts'
import { noteLimit } from '../recording/read.ts'
import { defaultFlushInterval, headReserve } from '../recording/recorder.ts'
import { indexLimit } from '../recording/recording-index.ts'
import { lineLimit } from '../recording/recording-reader.ts'
import { lookAhead, mostWaiting } from '../replay/alignment.ts'
import { jsonDepth } from '../replay/json-value.ts'
import { jsonLimit } from '../replay/payload-difference.ts'
import { frameInterval, slowestInterval } from '../tui/app.ts'
import { clipboardLimit } from '../tui/clipboard.ts'
import { listLimit } from '../tui/connection-list.ts'
import { depthLimit as depthLimitOfTree } from '../tui/detail/json-lines.ts'
import { octetLimit as detailLimit } from '../tui/detail/subject.ts'
import { pasteLimit } from '../tui/input.ts'
import { markLimit } from '../tui/log-state.ts'
import { chopLimit } from '../tui/row-cells.ts'
import { logLines } from '../report/case-junit.ts'
import { eventRows } from '../report/case-page.ts'
import {
  chopLimit as reportChopLimit,
  eventLimit,
  headRows,
  previewLimit,
  recordLimit,
  tailRows,
  violationLimit,
} from '../report/connection.ts'
import { printLimit } from '../report/log-script.ts'
import { markLimit as timelineLimit } from '../report/timeline.ts'
import { patternLimit as chopPatternLimit } from '../replay/chop-pattern.ts'
import { sizeLimit as writeSizeLimit } from '../replay/write-tally.ts'
import { textLimit as fileLimit } from '../recording/text-file.ts'
import { patternLimit } from '../wire/filter/octet-pattern.ts'
import { depthLimit, textLimit } from '../wire/filter/parse.ts'
import { programLimit } from '../wire/filter/regex-program.ts'
import { regexLimit, sourceLimit } from '../wire/filter/regex.ts'
import { scanLimit } from '../wire/filter/search.ts'
import { defaultPreview } from '../wire/format.ts'
import { defaultMaxPayload } from '../wire/json.ts'
import { inflatedLimit } from '../wire/log.ts'
import { patience } from '../wire/pair.ts'
import { pingLimit } from '../wire/ping-book.ts'
import { evidenceLimit } from '../wire/side-session.ts'
import { followLimit } from '../wire/stats/connections.ts'
import { sampleLimit } from '../wire/stats/sample.ts'
import { inflateLimitOf, logLimitsOf, queueLimitOf, type ProxyBounds } from './bounds.ts'
import { defaultTolerance } from './comparing.ts'
import { keptRows } from './conform-results.ts'
import { grace, patience as echoPatience } from './echo.ts'
import { connectionLimit as reportLimit } from './report.ts'
import { differenceLimit } from './options.ts'

/** What a value counts; `ratio` is octets for each octet on the wire. */
type Unit = 'octets' | 'ms' | 'ratio' | 'count'

/** One bound. */
export interface Limit {
  /** A name that stays; the flag without its dashes where there is one. */
  name: string
  /** What it bounds. */
  what: string
  value: number
  unit: Unit
  /** Null where it is fixed. */
  flag: string | null
  /** What happens beyond it. */
  then: string
}

export interface LimitsOptions extends ProxyBounds {
  maxPayload?: number
  /** MiB. */
  maxMessage: number
  sweepLimit: number
  json?: boolean
}

/** All bounds, in chapters, as these options make them. */
export function limitsOf(options: LimitsOptions): Record<string, Limit[]> {
  return {
    'HTTP before the upgrade': headLimits(),
    Messages: messageLimits(options),
    'Wire log and output': logLimits(options),
    'The screen': screenLimits(),
    'Waiting for what should come': patienceLimits(),
    Connections: connectionLimits(options),
    Recordings: recordingLimits(options),
    Reports: reportLimits(),
    Replaying: replayLimits(),
    Comparing: comparisonLimits(options),
    'Conformance suite': conformLimits(),
    Filters: filterLimits(),
    'Echo server': echoLimits(options),
    'Chops and sweeps': chopLimits(options),
  }
}

function octets(name: string, what: string, value: number, flag: string | null, then: string): Limit {
  return { name, what, value, unit: 'octets', flag, then }
}

function count(name: string, what: string, value: number, flag: string | null, then: string): Limit {
  return { name, what, value, unit: 'count', flag, then }
}

function ms(name: string, what: string, value: number, flag: string | null, then: string): Limit {
  return { name, what, value, unit: 'ms', flag, then }
}

function screenLimits(): Limit[] {
  return [
    count(
      'listed',
      'connections that the screen lists',
      listLimit,
      null,
      'those over longest are forgotten; while all are open, the newest are not listed',
    ),
    octets('detail', 'a row that is opened', detailLimit, null, 'its beginning is shown, and a line says so'),
    count('depth', 'levels of a JSON tree that are laid out', depthLimitOfTree, null, 'the rest is one line'),
    count('marks', 'marked rows', markLimit, null, 'the oldest mark is forgotten'),
    count(
      'chops',
      'reads of a frame whose sizes stand in its row',
      chopLimit,
      null,
      'only their number is shown',
    ),
    octets('paste', 'text pasted at once', pasteLimit, null, 'the rest is dropped'),
    octets(
      'clipboard',
      'text copied through the terminal, as base64',
      clipboardLimit,
      null,
      'it is not copied, and that is said',
    ),
    ms(
      'frame',
      'least time between two frames',
      frameInterval,
      null,
      'what came meanwhile is drawn with the next one',
    ),
    ms(
      'slow-frame',
      'most time between two frames where drawing is slow',
      slowestInterval,
      null,
      'below that, drawing takes at most a twentieth of the time',
    ),
    octets(
      'begun',
      'kept of how each side of an open connection began',
      keptOfSide,
      null,
      'a gap in a recording begun later',
    ),
    octets(
      'begun-all',
      'kept of how open connections began',
      keptOfAll,
      null,
      'connections that begin then are not in recordings begun later',
    ),
  ]
}

function headLimits(): Limit[] {
  const opaque = 'the side is not decoded from there on, and a row says so'
  return [
    octets('head', 'a head, and a line of chunked framing', headLimit, null, opaque),
    octets('early', 'client octets held for the response to an upgrade', earlyLimit, null, opaque),
    count('pipeline', 'requests without a response', pipelineLimit, null, opaque),
  ]
}

function messageLimits(options: LimitsOptions): Limit[] {
  const { octets: inflated, ratio, ratioFrom } = inflateLimitOf(options)
  const capped = '`inflate capped`; the context is lost until a message needs none'
  return [
    octets('inflate-limit', 'an inflated message', inflated, '--inflate-limit', capped),
    {
      name: 'inflate-ratio',
      what: `an inflated message of more than ${valueText({ value: ratioFrom, unit: 'octets' })}`,
      value: ratio,
      unit: 'ratio',
      flag: '--inflate-ratio',
      then: capped,
    },
    count('final-blocks', 'blocks with BFINAL set in one message', finalBlockLimit, null, capped),
    octets('history', 'plain octets that the next message may refer to', windowLimit, null, '`context lost`'),
    octets(
      'retry',
      'a compressed message that is inflated again to say what is wrong',
      retryLimit,
      null,
      'less is said of it',
    ),
    count(
      'context-looks',
      'messages of a side looked at for use of the context',
      closeLooks,
      null,
      '`context used` is left out',
    ),
    octets(
      'control',
      'payload of a control frame that is looked at',
      controlLimit,
      null,
      'the rest is counted',
    ),
    count(
      'fragments',
      'fragments of a message before they are worth a word',
      manyFragments,
      null,
      'a notice, once a message; nothing is kept of them',
    ),
    count('pings', 'pings of a side that wait for their pong', pingLimit, null, 'the oldest are given up'),
  ]
}

function logLimits(options: LimitsOptions): Limit[] {
  const { memory, rows } = logLimitsOf(options)
  const cut = '`…`, with `--json` `"truncated":true`'
  const given = options.maxPayload
  return [
    octets(
      'memory',
      'octets kept for display, a quarter of it inflated ones',
      memory,
      '--memory',
      'the oldest are dropped: `no longer kept`',
    ),
    count(
      'rows',
      'rows kept',
      rows,
      '--rows',
      'the oldest are dropped; an output that fell behind says `MISSED`',
    ),
    octets('inflated', 'kept of each inflated message', inflatedLimit, null, cut),
    octets('max-payload', 'shown of each payload in a line', given ?? defaultPreview, '--max-payload', cut),
    octets(
      'max-payload-json',
      'shown of each payload in JSON',
      given ?? defaultMaxPayload,
      '--max-payload',
      cut,
    ),
    octets(
      'evidence',
      'shown with a violation',
      evidenceLimit,
      null,
      'the first octets, or the last up to the offending one',
    ),
    count(
      'durations',
      'durations that statistics keep',
      sampleLimit,
      null,
      'every second is kept, every fourth, and so on',
    ),
    count(
      'followed',
      'open connections that statistics follow',
      followLimit,
      null,
      'the oldest are not awaited any more',
    ),
  ]
}

function patienceLimits(): Limit[] {
  const says = (rule: string) => `\`${rule}\``
  return [
    ms(
      'handshake',
      'the request head, and the response to it',
      patience.handshake,
      null,
      says('handshake.slow'),
    ),
    ms('pong', 'a pong that is not slow', patience.pong, null, says('pong.slow')),
    ms('ping', 'a pong at all', patience.ping, null, says('ping.unanswered')),
    ms('close', 'the answer to Close', patience.close, null, says('close.unanswered')),
    ms('tcp', 'the end of TCP after both Closes', patience.tcp, null, says('tcp.server-late')),
    ms(
      'reaction',
      'the end of a connection after a violation',
      patience.reaction,
      null,
      'a rule named `….tolerated`',
    ),
    ms('message', 'the next octet of an open message', patience.message, null, says('message.stalled')),
    ms('idle', 'any octet, where nobody pings', patience.idle, null, says('keepalive.missing')),
    ...stallTimes.map((time, i) =>
      ms(`stall-${i + 1}`, 'a side takes octets that wait for it', time, null, '`STALL`, `reader.stalled`'),
    ),
  ]
}

function connectionLimits({ maxConnections, connectTimeout, linger }: LimitsOptions): Limit[] {
  const most = maxConnections ?? connectionLimit()
  return [
    count(
      'max-connections',
      'connections at a time; by default as `ulimit -n` allows, at most 10,000',
      most,
      '--max-connections',
      'refused, with a line on stderr',
    ),
    ms(
      'connect-timeout',
      'TCP and TLS to the target',
      connectTimeout * 1000,
      '--connect-timeout',
      '`TIMEOUT`, and the client is reset',
    ),
    ms('tls', 'the TLS handshake of a client', tlsTimeout, null, 'it is given up, with a line on stderr'),
    ms(
      'linger',
      'silence of a half-closed connection',
      linger * 1000,
      '--linger',
      'both sides are closed: `CLOSED`',
    ),
    ms(
      'flush',
      'what is still to be written when a connection is cut',
      flushTime,
      null,
      'the rest is dropped',
    ),
  ]
}

function recordingLimits(options: LimitsOptions): Limit[] {
  return [
    octets(
      'queue',
      'lines that wait for the disk',
      queueLimitOf(options),
      '--queue',
      'a counted gap; with `--on-full wait` the sockets wait',
    ),
    octets(
      'head-reserve',
      'first octets of a side that may wait beside a full queue',
      headReserve,
      null,
      'a counted gap',
    ),
    ms('flush-interval', 'until a line is written', defaultFlushInterval, null, 'it is written'),
    octets(
      'subprotocol',
      'an element that may hold a credential',
      elementLimit,
      null,
      'it is taken for one and overwritten',
    ),
    octets('line', 'a line that is read', lineLimit, null, 'it is skipped, and a note says so'),
    count(
      'nesting',
      'brackets within brackets in a long line',
      nestingLimit,
      null,
      'it is skipped, and a note says so',
    ),
    count(
      'opened',
      'connections of a recording that are open at a time',
      openLimit,
      null,
      'lines of others are skipped, and a note says so',
    ),
    octets(
      'index',
      'what is kept of all connections of a recording that is read by connection',
      indexLimit,
      null,
      'others are left out, and a note says how many',
    ),
    count('notes', 'lines whose fault is told one by one', noteLimit, null, 'the rest is counted'),
  ]
}

function filterLimits(): Limit[] {
  const refused = 'the filter is refused'
  return [
    count('filter', 'characters of a filter', textLimit, null, refused),
    count('filter-depth', 'parentheses and negations inside each other', depthLimit, null, refused),
    count('regex', 'characters of a regular expression', sourceLimit, null, refused),
    count('regex-program', 'instructions that it becomes', programLimit, null, refused),
    count('pattern', 'positions of a text or pattern of octets', patternLimit, null, refused),
    count(
      'regex-text',
      'characters of a text that it looks at',
      regexLimit,
      null,
      'the rest is not looked at',
    ),
    octets('search', 'octets of a row that a search looks at', scanLimit, null, 'the rest is not looked at'),
  ]
}

function reportLimits(): Limit[] {
  const counted = 'the page says how many there are'
  return [
    count(
      'report',
      'connections of a report',
      reportLimit,
      null,
      'others are left out, and the index says so',
    ),
    count(
      'report-rows',
      'rows of a connection on its page',
      headRows + tailRows,
      null,
      `the first ${headRows.toLocaleString('en')} and the last ${tailRows.toLocaleString('en')} are shown, and the page says how many are left out`,
    ),
    octets('report-payload', 'payload of a row', previewLimit, null, 'its beginning is shown'),
    octets(
      'report-chop',
      'octets of a chop, such as a long head, in its row',
      reportChopLimit,
      null,
      'the same',
    ),
    octets(
      'report-shown',
      'octets, such as those of a long head, and payload in a record or event of a JSON file',
      shownLimit,
      null,
      'the same, with dots; `httpRequest` and `httpResponse` have all of it',
    ),
    count(
      'report-listed',
      'events that a page lists',
      eventRows,
      null,
      'a line says how many more there are',
    ),
    count('report-log', 'lines of the wire log with a failure in JUnit', logLines, null, 'the same'),
    count('report-violations', 'violations that are listed', violationLimit, null, counted),
    count(
      'report-marks',
      'rows that a timeline draws one by one',
      timelineLimit,
      null,
      'octets and frames are drawn in intervals',
    ),
    count('report-printed', 'rows on paper', printLimit, null, 'a line says how many more there are'),
    count(
      'report-records',
      'records of the wire log in a JSON file',
      recordLimit,
      null,
      'the rest is left out',
    ),
    count('report-events', 'events in a JSON file', eventLimit, null, 'the rest is left out'),
  ]
}

function echoLimits({ maxMessage }: LimitsOptions): Limit[] {
  return [
    octets(
      'max-message',
      'a message, inflated',
      maxMessage * 1024 * 1024,
      '--max-message',
      'Close with 1009',
    ),
    ms(
      'echo-head',
      'a request head, and the end of TCP after Close',
      echoPatience,
      null,
      'the connection is ended',
    ),
    ms('echo-stop', 'for clients to close when it stops', grace, null, 'connections are cut'),
  ]
}

function replayLimits(): Limit[] {
  return [
    octets(
      'replay-held',
      'what the peer says and waits to be compared',
      heldEnough,
      null,
      'it is read no further, unless the replay waits for it',
    ),
    octets('replay-flood', 'and at most', mostHeld, null, 'the replay is ended: a difference'),
    ms('replay-wait', 'without progress of the peer', 10_000, null, 'a difference (`--timeout` sets it)'),
    ms(
      'replay-pause',
      'a recorded pause',
      60_000,
      null,
      'it is cut, and that is said (`--max-delay` sets it)',
    ),
  ]
}

function conformLimits(): Limit[] {
  const { opening, close, drop, stuck } = defaultPatience
  return [
    ms('conform-head', 'the opening handshake', opening, null, 'the case has failed'),
    count(
      'conform-openings',
      'opening handshakes that fail, from the first case on',
      openingTries,
      null,
      'the run of this server ends, exit code 4',
    ),
    ms('conform-request', 'a request to the fuzzing server', headTime, null, 'the connection is cut'),
    ms(
      'conform-status',
      'a case that `/getCaseStatus` waits for',
      statusTime,
      null,
      'the connection is closed without a verdict',
    ),
    ms('conform-close', 'the answer to Close', close, null, 'TCP is ended: `UNCLEAN`'),
    ms('conform-drop', 'the end of TCP by the server after Close', drop, null, 'TCP is ended: `UNCLEAN`'),
    ms(
      'conform-stuck',
      'the end of TCP by a server that closed first',
      stuck,
      null,
      'TCP is ended: `UNCLEAN`',
    ),
    ms('conform-case', 'the longest case', 1_000_000, null, 'the fuzzer closes (`--timeout` sets it)'),
    ms('conform-leave', 'octets on their way when TCP is ended', leaveTime, null, 'they are dropped'),
    octets('conform-message', 'kept of a message, and of an inflated one', keptLimit, null, 'the case fails'),
    octets('conform-messages', 'kept of the messages of a connection', keptMessages, null, 'the case fails'),
    count('conform-events', 'events that are kept', caseEventLimit, null, 'the case fails'),
    count('conform-records', 'records of the wire log', caseRecordLimit, null, 'it ends with `WLM false`'),
    count(
      'conform-rows',
      'rows of a connection on the page of its case',
      keptRows,
      null,
      'the page is without',
    ),
    octets('conform-unread', 'octets that a peer does not read', unreadLimit, null, 'it is not read either'),
    octets('conform-file', 'a spec or a baseline', fileLimit, null, 'it is refused'),
  ]
}

function comparisonLimits(options: LimitsOptions): Limit[] {
  const { octets: messageLimit } = inflateLimitOf(options)
  return [
    octets(
      'compared-message',
      'a message, inflated, that is compared',
      messageLimit,
      '--inflate-limit',
      'counted as not compared',
    ),
    octets('compared-json', 'a message compared as JSON', jsonLimit, null, 'it is compared as text'),
    count(
      'compared-nesting',
      'brackets within brackets in a message compared as JSON',
      jsonDepth,
      null,
      'it is compared as text',
    ),
    count(
      'look-ahead',
      'messages looked at to find how two sequences go on together',
      lookAhead.items,
      null,
      'what was missing further on is told as different messages',
    ),
    octets('look-ahead-octets', 'and their octets', lookAhead.octets, null, 'the same'),
    octets(
      'waiting',
      'messages of a side that wait for a counterpart',
      mostWaiting.octets,
      null,
      'the first of them counts as without one',
    ),
    count('waiting-messages', 'and how many', mostWaiting.items, null, 'the same'),
    count(
      'differences',
      'differences told of each connection',
      differenceLimit,
      null,
      'the rest is counted (`--limit` sets it)',
    ),
    ms(
      'tolerance',
      'times that differ by less are the same',
      defaultTolerance,
      null,
      'a difference, where times are compared (`--tolerance` sets it)',
    ),
  ]
}

function chopLimits({ sweepLimit }: LimitsOptions): Limit[] {
  return [
    count('chop-pattern', 'characters of a chop pattern', chopPatternLimit, null, 'the pattern is refused'),
    count(
      'chop-sizes',
      'sizes of writes counted one by one',
      writeSizeLimit,
      null,
      'counted as `other sizes`',
    ),
    count(
      'sweep-limit',
      'cuts that a sweep tries',
      sweepLimit,
      '--sweep-limit',
      'spread over their kinds; the rest is counted',
    ),
  ]
}

/** Prints the bounds as these options make them: a table, or JSON lines. */
export function limits(options: LimitsOptions): void {
  const chapters = Object.entries(limitsOf(options))
  const lines = options.json
    ? chapters.flatMap(([, of]) => of.map(limit => JSON.stringify({ type: 'limit', ...limit })))
    : chapters.flatMap(([title, of], i) => [...(i === 0 ? [] : ['']), title, ...tableLines(of)])
  process.stdout.write(`${lines.join('\n')}\n`)
}

function tableLines(of: readonly Limit[]): string[] {
  const rows = of.map(limit => [
    valueText(limit),
    limit.flag ?? 'fixed',
    limit.what,
    limit.then.replaceAll('`', ''),
  ])
  const widths = [10, 17, Math.max(...rows.map(([, , what]) => what?.length ?? 0))]
  return rows.map(cells => `  ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ')}`)
}

/** A value in the largest unit that leaves it whole. */
export function valueText({ value, unit }: Pick<Limit, 'value' | 'unit'>): string {
  const plain = value.toLocaleString('en')
  if (unit === 'ratio') return `${plain}:1`
  if (unit === 'ms') return value >= 1000 ? `${(value / 1000).toLocaleString('en')} s` : `${plain} ms`
  if (unit === 'count') return plain
  if (value >= 1024 ** 2 && value % 1024 ** 2 === 0) return `${value / 1024 ** 2} MiB`
  return value >= 1024 && value % 1024 === 0 ? `${value / 1024} KiB` : `${plain} octets`
}

/** `wsinspect limits`: every bound, what is done beyond it, and the flag that changes it. */
import { valueText, type Limit, type LimitsOptions } from './limit.ts'
import { connectionLimits, recordingLimits, echoLimits, chopLimits } from './limits-edges.ts'
import { replayLimits, comparisonLimits } from './limits-replay.ts'
import { reportLimits, conformLimits } from './limits-report.ts'
import { screenLimits } from './limits-screen.ts'
import { headLimits, messageLimits, logLimits, patienceLimits, filterLimits } from './limits-wire.ts'
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

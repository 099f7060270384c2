/** Bounds of reports and of the conformance suite. */
import { eventLimit as caseEventLimit, keptOfAll as keptMessages } from '../conformance/fuzzer.ts'
import { recordLimit as caseRecordLimit, shownLimit } from '../conformance/notes.ts'
import { keptLimit } from '../conformance/receiver.ts'
import { defaultPatience } from '../conformance/surroundings.ts'
import { openingTries } from '../net/conform-client.ts'
import { headTime, statusTime } from '../net/conform-server.ts'
import { leaveTime, unreadLimit } from '../net/conform-transport.ts'
import { textLimit as fileLimit } from '../recording/text-file.ts'
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
import { keptRows } from './conform-results.ts'
import { octets, count, ms, type Limit } from './limit.ts'
import { connectionLimit as reportLimit } from './report.ts'

/** Of reports. */
export function reportLimits(): Limit[] {
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

/** Of the conformance suite. */
export function conformLimits(): Limit[] {
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

/** Bounds of the screen. */
import { keptOfAll, keptOfSide } from '../recording/beginnings.ts'
import { frameInterval, slowestInterval } from '../tui/app.ts'
import { clipboardLimit } from '../tui/clipboard.ts'
import { listLimit } from '../tui/connection-list.ts'
import { depthLimit as depthLimitOfTree } from '../tui/detail/json-lines.ts'
import { octetLimit as detailLimit } from '../tui/detail/subject.ts'
import { pasteLimit } from '../tui/input.ts'
import { markLimit } from '../tui/log-state.ts'
import { chopLimit } from '../tui/row-cells.ts'
import { octets, count, ms, type Limit } from './limit.ts'

/** Of the screen. */
export function screenLimits(): Limit[] {
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

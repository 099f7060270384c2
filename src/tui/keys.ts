/** Every key of the screen, in one table: what a key does, the hints, the help and the README's list all come from it. */

/** A part of the screen that keys can go to. */
export type Pane = 'connections' | 'log' | 'statistics' | 'detail'

const groups = ['move', 'view', 'find', 'act', 'leave'] as const

/** What a key is for. */
export type Group = (typeof groups)[number]

/** One thing that keys do. */
export interface Binding {
  action: Action
  /** Names as the input decoder gives them. */
  keys: readonly string[]
  /** Where it works; null: in all panes. */
  panes: readonly Pane[] | null
  group: Group
  /** In few words, for the line of hints; null: not hinted. */
  hint: string | null
  /** What it does. */
  text: string
}

export type Action =
  | ('down' | 'up' | 'halfDown' | 'halfUp' | 'pageDown' | 'pageUp' | 'oldest' | 'newest' | 'left' | 'right')
  | ('follow' | 'open' | 'back' | 'clear' | 'showConnections' | 'showLog' | 'showStatistics' | 'nextPane')
  | ('previousPane' | 'zoom' | 'previousRow' | 'nextRow' | 'previousPart' | 'nextPart' | 'nextError')
  | (
      | 'previousError'
      | 'filter'
      | 'find'
      | 'findNext'
      | 'findPrevious'
      | 'hideKind'
      | 'onlyKind'
      | 'undoFilter'
    )
  | (
      | 'mark'
      | 'nextMark'
      | 'copy'
      | 'save'
      | 'time'
      | 'reads'
      | 'record'
      | 'replay'
      | 'openRecording'
      | 'dump'
      | 'mouse'
      | 'command'
      | 'help'
    )
  | ('redraw' | 'suspend' | 'quitNow' | 'interrupt' | 'decoded' | 'hex' | 'bits' | 'mask' | 'nextField')
  | ('previousField' | 'wrap' | 'order' | 'scope' | 'messages')

const log: readonly Pane[] = ['log']
const detail: readonly Pane[] = ['detail']
const rows: readonly Pane[] = ['log', 'detail']

function binding(
  action: Action,
  keys: readonly string[],
  panes: readonly Pane[] | null,
  group: Group,
  text: string,
  hint: string | null = null,
): Binding {
  return { action, keys, panes, group, hint, text }
}

/** In the order in which they are hinted. Of several bindings of a key the first that works in the pane counts. */
export const bindings: readonly Binding[] = [
  binding('help', ['?', 'f1'], null, 'leave', 'help for this pane; type to search', 'help'),
  binding('filter', ['/'], ['connections', 'log', 'statistics'], 'find', 'filter the rows', 'filter'),
  binding('find', ['f'], log, 'find', 'find and highlight without hiding', 'find'),
  binding('find', ['/', 'f'], detail, 'find', 'find in what is shown', 'find'),
  binding('open', ['enter'], log, 'view', 'open the detail of the row', 'detail'),
  binding('open', ['enter'], ['connections'], 'view', 'only the rows of this connection', 'only this one'),
  binding('open', ['enter'], detail, 'view', 'fold or unfold', 'fold'),
  binding('decoded', ['d'], detail, 'view', 'decoded', 'decoded'),
  binding('hex', ['x'], detail, 'view', 'hex', 'hex'),
  binding('bits', ['b'], detail, 'view', 'bits of the header', 'bits'),
  binding('mask', ['m'], detail, 'view', 'hex as sent, unmasked, inflated', 'mask'),
  binding('wrap', ['w'], detail, 'view', 'long lines wrapped, or moved sideways', 'wrap'),
  binding('nextField', ['tab'], detail, 'view', 'next field of the header', 'field'),
  binding('previousField', ['S-tab'], detail, 'view', 'field before'),
  binding('follow', ['space'], log, 'move', 'follow the newest row, or stop', 'follow'),
  binding('nextError', ['e'], rows, 'find', 'next error or warning', 'next error'),
  binding('previousError', ['E'], rows, 'find', 'error or warning before'),
  binding('order', ['o'], ['connections'], 'view', 'order of the list', 'order'),
  binding('scope', ['c'], ['statistics'], 'view', 'count all rows, or those of the filter', 'scope'),
  binding('showConnections', ['1'], null, 'view', 'connections', 'connections'),
  binding('showLog', ['2'], null, 'view', 'log', 'log'),
  binding('showStatistics', ['3'], null, 'view', 'statistics', 'statistics'),
  binding('nextRow', [']'], rows, 'move', 'next row, also while its detail is open', 'next'),
  binding('previousRow', ['['], rows, 'move', 'row before', 'previous'),
  binding('nextPane', ['tab'], null, 'view', 'next pane'),
  binding('previousPane', ['S-tab'], null, 'view', 'pane before'),
  binding('zoom', ['z'], null, 'view', 'this pane alone, or all', 'zoom'),
  binding('down', ['j', 'down'], null, 'move', 'a line down'),
  binding('up', ['k', 'up'], null, 'move', 'a line up'),
  binding('halfDown', ['C-d'], null, 'move', 'half a page down'),
  binding('halfUp', ['C-u'], null, 'move', 'half a page up'),
  binding('pageDown', ['pagedown', 'C-f'], null, 'move', 'a page down'),
  binding('pageUp', ['pageup', 'C-b'], null, 'move', 'a page up'),
  binding('oldest', ['g', 'home'], null, 'move', 'the first line'),
  binding('newest', ['G', 'end'], null, 'move', 'the last line; in the log it follows'),
  binding(
    'left',
    ['h', 'left'],
    rows,
    'move',
    'payload to the left; in a detail that wraps lines, fold or unfold',
  ),
  binding(
    'right',
    ['l', 'right'],
    rows,
    'move',
    'payload to the right; in a detail that wraps lines, fold or unfold',
  ),
  binding('nextPart', ['}'], rows, 'move', 'next part of the message; the pong of a ping'),
  binding('previousPart', ['{'], rows, 'move', 'part before; the ping of a pong'),
  binding('findNext', ['n'], rows, 'find', 'next that was found'),
  binding('findPrevious', ['N'], log, 'find', 'found before'),
  binding('hideKind', ['-'], ['log', 'connections'], 'find', 'hide rows of this kind, or connection'),
  binding('onlyKind', ['+'], ['log', 'connections'], 'find', 'only rows of this kind, or connection'),
  binding('undoFilter', ['u'], null, 'find', 'take back the last change of the filter'),
  binding('mark', ['m'], log, 'find', 'mark the row, or not', 'mark'),
  binding('nextMark', ["'"], log, 'find', 'next mark'),
  binding('copy', ['y'], rows, 'act', 'copy: payload, hex, JSON line, transcript', 'copy'),
  binding('save', ['Y'], rows, 'act', 'save the payload to a file'),
  binding('time', ['t'], log, 'view', 'times: clock, start, row before, connection'),
  binding('reads', ['T'], log, 'view', 'TCP reads as rows'),
  binding('record', ['P'], null, 'act', 'recording on or off'),
  binding('replay', ['R'], null, 'act', 'replay the connection, and compare; or stop that'),
  binding('openRecording', ['O'], null, 'act', 'look at a recording meanwhile; q goes back'),
  binding('dump', ['L'], null, 'act', 'the rows as plain lines, for copying'),
  binding('mouse', ['%'], null, 'act', 'mouse on or off'),
  binding('messages', ['!'], null, 'view', 'what wsinspect had to say'),
  binding('command', [':'], null, 'act', 'a command: a row number, filter, find, theme, q'),
  binding('redraw', ['C-l'], null, 'leave', 'draw all anew'),
  binding('suspend', ['C-z'], null, 'leave', 'suspend: forwarding stops meanwhile'),
  binding('clear', ['escape'], null, 'leave', 'back; in the log, take the search and the filter away'),
  binding('back', ['q'], null, 'leave', 'back; in the log, quit: asks when connections are open', 'back'),
  binding('interrupt', ['C-c'], null, 'leave', 'quit, asked for when connections are open; twice: at once'),
  binding('quitNow', ['Q'], null, 'leave', 'quit at once, whatever is shown or comes next'),
]

/** What a key does in a pane; null: nothing. */
export function actionOf(key: string, pane: Pane): Action | null {
  const found = bindings.find(({ keys, panes }) => keys.includes(key) && (panes?.includes(pane) ?? true))
  return found?.action ?? null
}

/** Bindings that work in a pane: those that a key reaches. */
export function bindingsOf(pane: Pane): Binding[] {
  const taken = new Set<string>()
  return bindings.flatMap(binding => {
    if (binding.panes !== null && !binding.panes.includes(pane)) return []
    const keys = binding.keys.filter(key => !taken.has(key))
    for (const key of keys) taken.add(key)
    return keys.length === 0 ? [] : [{ ...binding, keys }]
  })
}

const names: Readonly<Record<string, string>> = {
  ...{
    enter: 'Enter',
    escape: 'Esc',
    space: 'Space',
    tab: 'Tab',
    'S-tab': 'Shift-Tab',
    pageup: 'PgUp',
    pagedown: 'PgDn',
  },
  ...{ up: 'Up', down: 'Down', left: 'Left', right: 'Right', home: 'Home', end: 'End', f1: 'F1' },
}

/** A key as people read it: `^d`, `PgDn`, `j`. */
export function keyName(key: string): string {
  return names[key] ?? (key.startsWith('C-') ? `^${key.slice(2)}` : key)
}

/** Groups in the order in which help shows them, with their bindings. */
export function groupsOf(pane: Pane): { group: Group; bindings: Binding[] }[] {
  const all = bindingsOf(pane)
  return groups.map(group => ({ group, bindings: all.filter(binding => binding.group === group) }))
}

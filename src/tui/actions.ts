/** What keys do: from the model, and to it. */
import { addCondition, countAnew, undoFilter } from './filtering.ts'
import { findOn } from './finding.ts'
import type { Action, Pane } from './keys.ts'
import { kindOf } from './kind.ts'
import * as connections from './connections-state.ts'
import * as detail from './detail/detail-state.ts'
import { back, clear, isForwarding, quitAfterAsking } from './leaving.ts'
import * as log from './log-state.ts'
import type { Model } from './model.ts'
import { openDetail } from './opening.ts'
import { inDetail, motions } from './motions.ts'
import { ask } from './overlays.ts'
import { scrollAt } from './scroll.ts'
import { askForReplay } from './replaying.ts'

/** What keys do beyond the model. */
export interface Effects {
  /** Leaves what is shown: for what was shown before, or what comes next. */
  quit: () => void
  /** Leaves all of it. */
  quitAll: () => void
  suspend: () => void
  /** Writes a sequence to the terminal. */
  write: (sequence: string) => void
  redraw: () => void
  setMouse: (on: boolean) => void
  dump: () => void
  /** Says something that comes by itself. */
  tell: (message: string) => void
}

type Do = (model: Model, effects: Effects) => void

/** Columns that a payload moves at a time. */
const sideways = 8

export const actions: Readonly<Record<Action, Do>> = {
  down: moving('by', 1),
  up: moving('by', -1),
  halfDown: moving('page', 0.5),
  halfUp: moving('page', -0.5),
  pageDown: moving('page', 1),
  pageUp: moving('page', -1),
  oldest: model => {
    motions[model.focus].first(model)
  },
  newest: model => {
    motions[model.focus].last(model)
  },
  left: model => {
    moveSideways(model, -sideways)
  },
  right: model => {
    moveSideways(model, sideways)
  },
  follow: model => {
    log.toggleFollow(model.log)
  },
  open,
  back,
  clear,
  showConnections: showing('connections'),
  showLog: showing('log'),
  showStatistics: showing('statistics'),
  nextPane: model => {
    stepPane(model, 1)
  },
  previousPane: model => {
    stepPane(model, -1)
  },
  zoom: model => {
    model.isZoomed = !model.isZoomed
  },
  previousRow: model => {
    stepRow(model, -1)
  },
  nextRow: model => {
    stepRow(model, 1)
  },
  previousPart: model => {
    log.partOfMessage(model.log, -1)
  },
  nextPart: model => {
    log.partOfMessage(model.log, 1)
  },
  nextError: model => {
    log.nextError(model.log)
  },
  previousError: model => {
    log.previousError(model.log)
  },
  filter: model => {
    ask(model, 'filter', model.filter.text)
  },
  find: model => {
    ask(model, 'find', '')
  },
  findNext: findOn,
  findPrevious: model => {
    log.findPrevious(model.log)
  },
  hideKind: model => {
    const kind = kindOf(model)
    if (kind !== null) addCondition(model, `-${kind}`)
  },
  onlyKind: model => {
    const kind = kindOf(model)
    if (kind !== null) addCondition(model, kind, `${kind.split(':')[0] ?? ''}:`)
  },
  undoFilter,
  mark: model => {
    log.toggleMark(model.log)
  },
  nextMark: model => {
    if (!log.nextMark(model.log)) say(model, 'no row is marked (m marks)')
  },
  copy: model => {
    model.overlay = { kind: 'copy' }
  },
  save: model => {
    const row = log.cursorRow(model.log)
    if (row >= 0) ask(model, 'save', `row-${row}.bin`)
  },
  time: model => {
    log.nextTimeMode(model.log)
    say(model, `times: ${timeTexts[model.log.time]}`)
  },
  reads: model => {
    log.toggleReads(model.log)
    const text = model.log.rows.reads ? 'TCP reads are rows' : 'TCP reads are hidden'
    say(model, text)
  },
  record: model => {
    if (model.host.isRecording() === null) say(model, 'this is a recording already')
    else model.host.toggleRecording()
  },
  replay: askForReplay,
  openRecording: model => {
    if (model.host.openRecording !== null) ask(model, 'open', '')
    else say(model, 'one recording at a time: q goes back')
  },
  dump: (_, effects) => {
    effects.dump()
  },
  mouse: (model, effects) => {
    model.hasMouse = !model.hasMouse
    effects.setMouse(model.hasMouse)
    const text = model.hasMouse ? 'mouse on: hold Shift to select text' : 'mouse off'
    say(model, text)
  },
  command: model => {
    ask(model, 'command', '')
  },
  help: model => {
    model.overlay = { kind: 'help', help: { pane: model.focus, words: '', scroll: scrollAt(0) } }
  },
  messages: model => {
    const { messages } = model
    const lines = messages.length === 0 ? ['nothing so far'] : messages
    model.overlay = { kind: 'lines', title: ' Messages ', lines, scroll: scrollAt(Infinity) }
  },
  redraw: (_, effects) => {
    effects.redraw()
  },
  suspend: (model, effects) => {
    if (isForwarding(model)) model.overlay = { kind: 'question', about: 'suspend' }
    else effects.suspend()
  },
  interrupt: quitAfterAsking,
  quitNow: (_, effects) => {
    effects.quitAll()
  },
  decoded: viewing('decoded'),
  hex: viewing('hex'),
  bits: viewing('bits'),
  mask: model => {
    inDetail(model, detail.cycleMode)
  },
  wrap: model => {
    if (model.detail === null) return
    detail.toggleWrap(model.detail)
    const text = model.detail.isWrapped ? 'long lines are wrapped' : 'long lines are one: h and l move them'
    say(model, text)
  },
  nextField: model => {
    inDetail(model, detail.nextField)
  },
  previousField: model => {
    inDetail(model, detail.previousField)
  },
  order: model => {
    connections.nextOrder(model.connections)
    const text = `connections: ${connections.orderNames[model.connections.order]}`
    say(model, text)
  },
  scope: model => {
    const { statistics, filter } = model
    statistics.scope = statistics.scope === 'all' ? 'filter' : 'all'
    countAnew(model)
    const isAll = statistics.scope === 'all' || filter.applied === null
    say(model, isAll ? 'all rows are counted' : 'rows of the filter are counted')
  },
}

const timeTexts = {
  clock: 'on the clock',
  start: 'since the start',
  previous: 'since the row before',
  connection: 'since the connection was opened',
}

function say(model: Model, text: string): void {
  model.note = { text, role: 'notice' }
}

function moving(how: 'by' | 'page', amount: number): Do {
  return model => {
    motions[model.focus][how](model, amount)
  }
}

function showing(pane: Pane): Do {
  return model => {
    model.focus = pane
  }
}

function viewing(view: detail.View): Do {
  return model => {
    inDetail(model, state => {
      detail.setView(state, view)
    })
  }
}

/** What is wrapped has no side to go to: there it folds. */
function moveSideways({ focus, detail: shown, log: state }: Model, columns: number): void {
  if (focus !== 'detail' || shown === null) log.moveSideways(state, columns)
  else if (!detail.moveSideways(shown, columns)) detail.toggleFold(shown)
}

/** The row after or before, whose detail is shown where one is open. */
function stepRow(model: Model, step: 1 | -1): void {
  log.moveBy(model.log, step)
  if (model.detail !== null) openDetail(model)
}

function open(model: Model): void {
  if (model.focus === 'connections') {
    const chosen = connections.selected(model.connections, model.list)
    if (chosen === null) return
    addCondition(model, `conn:${chosen.conn}`, 'conn:')
    model.focus = 'log'
  } else if (model.focus === 'detail') {
    if (model.detail !== null) detail.toggleFold(model.detail)
  } else if (openDetail(model)) {
    model.focus = 'detail'
  }
}

function stepPane(model: Model, step: 1 | -1): void {
  const panes: Pane[] = ['connections', 'log', 'statistics']
  if (model.detail !== null) panes.splice(2, 0, 'detail')
  const at = panes.indexOf(model.focus)
  model.focus = panes[(at + step + panes.length) % panes.length] ?? 'log'
}

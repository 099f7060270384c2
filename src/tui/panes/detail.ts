/** The detail pane: what one row is, decoded, in hex and bit by bit. */
import { counted } from '../../protocol/words.ts'
import { ruleOf } from '../../protocol/rules.ts'
import type { Canvas } from '../canvas.ts'
import { linesOf, resize, views, type DetailState, type View } from '../detail/detail-state.ts'
import { indexOfFound, textOf, type Line, type Piece } from '../detail/lines.ts'
import type { Subject } from '../detail/subject.ts'
import { columnsOf, cut } from '../text.ts'

/** From this many columns on all views stand side by side. */
const wideColumns = 100

/** Columns of the hex view beside the others: for 16 octets a row where the others keep enough. */
const hexColumns = { wide: 77, narrow: 44, others: 60 }

/** Draws the state; every cell of the canvas is drawn. */
export function paintDetail(canvas: Canvas, state: DetailState): void {
  if (canvas.width >= wideColumns) paintAll(canvas, state)
  else {
    paintTitle(canvas, titleOf(state.subject), tabs(state), true)
    paintView(below(canvas), state, state.view)
  }
}

/** Decoded and bits at the left, hex at the right. */
function paintAll(canvas: Canvas, state: DetailState): void {
  const { width, height } = canvas
  const { wide, narrow, others } = hexColumns
  const right = width - wide - 1 >= others ? wide : narrow
  const left = width - right - 1
  resize(state, 'bits', left - 1, height >> 1)
  resize(state, 'decoded', left - 1, height >> 1)
  const rest = height - 1 - linesOf(state, 'decoded').count
  const bits = Math.min(linesOf(state, 'bits').count + 1, Math.max(height >> 1, rest))
  const place = (view: View): Canvas => {
    if (view === 'hex') return canvas.region(left + 1, 0, right, height)
    return view === 'bits'
      ? canvas.region(0, height - bits, left, bits)
      : canvas.region(0, 0, left, height - bits)
  }
  canvas.fill(left, 0, 1, height, '│', 'rule')
  for (const view of views) {
    const region = place(view)
    paintTitle(region, viewTitle(state, view), '', state.view === view)
    paintView(below(region), state, view)
  }
}

function below(canvas: Canvas): Canvas {
  return canvas.region(0, 1, canvas.width, canvas.height - 1)
}

function viewTitle(state: DetailState, view: View): string {
  const { subject, mode } = state
  const name = state.view === view ? `[${view}]` : view
  if (view === 'bits') return name
  if (view === 'hex') return `${name} ─ ${counted(subject.span?.length ?? 0, 'octet')}, ${mode}`
  const word = subject.content === null ? '' : ` (${subject.content.kind})`
  return `${titleOf(subject)} ─ ${name}${word}`
}

function tabs({ view }: DetailState): string {
  const names = views.map(name => (name === view ? `[${name}]` : ` ${name} `))
  return names.join('│')
}

/** What is shown: `Frame 18231 ─ #3 C→S ─ 6+73 octets, 2 reads`. */
export function titleOf({ entry, frame, span, chops }: Subject): string {
  const who = entry.from === null ? '' : entry.from === 'client' ? ' C→S' : ' C←S'
  const parts = [`${kindWord(entry)} ${entry.seq}`, `#${entry.conn}${who}`]
  const reads = counted(chops.length, 'read')
  if (frame !== null) parts.push(`${frame.headerLength}+${frame.received} octets, ${reads}`)
  else if (span !== null) parts.push(`${counted(span.length, 'octet')}, ${reads}`)
  return parts.join(' ─ ')
}

function kindWord(entry: Subject['entry']): string {
  if (entry.type === 'violation') return capital(ruleOf(entry.rule).severity)
  if (entry.type === 'handshake') return entry.from === 'client' ? 'Request' : 'Response'
  return entry.type === 'tcp' || entry.type === 'http' ? entry.type.toUpperCase() : capital(entry.type)
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1)
}

/** A rule with a title, and what can be chosen at its right end. */
function paintTitle(canvas: Canvas, title: string, choices: string, hasFocus: boolean): void {
  const { width } = canvas
  canvas.fill(0, 0, width, 1, '─', 'rule')
  const end = choices === '' ? width : Math.max(0, width - columnsOf(choices) - 1)
  canvas.put(3, 0, cut(`${title} `, Math.max(0, end - 3)), hasFocus ? 'focus' : 'rule', end)
  canvas.put(2, 0, ' ', 'rule')
  if (choices !== '') canvas.put(end, 0, ` ${choices}`, 'focus')
}

function paintView(canvas: Canvas, state: DetailState, view: View): void {
  resize(state, view, Math.max(1, canvas.width - 1), canvas.height)
  const lines = linesOf(state, view)
  const { top, cursor } = state.places[view]
  for (let y = 0; y < canvas.height; y++) {
    canvas.fill(0, y, canvas.width, 1, ' ')
    const index = top + y
    if (index >= lines.count) continue
    if (index === cursor && state.view === view) canvas.put(0, y, '>', 'focus')
    const left = view === 'decoded' ? state.left : 0
    paintLine(canvas.region(1, y, canvas.width - 1, 1), lines.at(index), state.find, left)
  }
}

/** Draws a line without its first `left` columns, with a sign where it goes on to either side. */
function paintLine(canvas: Canvas, line: Line, wanted: string, left: number): void {
  const { width, look } = canvas
  // A line may be a mebibyte long: what cannot be reached is not looked at. A character has up to two units.
  const reach = 2 * (left + width + wanted.length + 1)
  const near = line.map(one => (one.text.length > reach ? { ...one, text: one.text.slice(0, reach) } : one))
  let x = -left
  for (const { text, role, inverse } of near.flatMap(one => matched(one, wanted))) {
    const end = canvas.put(x, 0, text, role)
    if (inverse === true) canvas.flag(x, 0, end - x, 'inverse')
    x = end
  }
  if (left > 0 && x > 0) canvas.put(0, 0, '…', 'quiet')
  if (x >= width - 1 && columnsOf(textOf(near), look.ascii) - left > width)
    canvas.put(width - 1, 0, '…', 'quiet')
}

/** A piece in parts, those that are searched for with their own look. */
function matched(one: Piece, wanted: string): Piece[] {
  if (wanted === '') return [one]
  const parts: Piece[] = []
  let at = 0
  for (;;) {
    const found = indexOfFound(one.text, wanted, at)
    if (found < 0) return [...parts, { ...one, text: one.text.slice(at) }]
    parts.push({ ...one, text: one.text.slice(at, found) })
    parts.push({ ...one, text: one.text.slice(found, found + wanted.length), role: 'match' })
    at = found + wanted.length
  }
}

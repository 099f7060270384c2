/**
 * A connection over time as SVG: a lane for each side with the wire between them. From the wire outwards: chops, frames,
 * messages, violations.
 */
import { closeCodeName, codeText } from '../protocol/close-code.ts'
import { Opcode, opcodeName } from '../protocol/opcode.ts'
import { ruleOf, type RuleId } from '../protocol/rules.ts'
import { peerOf, type Side } from '../protocol/side.ts'
import type { Entry, Frame, Stamp } from '../wire/entry.ts'
import type { Connection } from './connection.ts'
import { duration, grouped } from './figures.ts'
import { markup, type Html } from './html.ts'
import { timeAxis, type Moment, type TimeAxis } from './time-axis.ts'

/** Chops and frames that are drawn one by one; more are drawn as what came in each interval. */
export const markLimit = 400

const left = 64
const leastWidth = 1006
const markWidth = 7
const pitch = 9

/** The wire lies in the middle; levels are distances from it. */
const middle = 112
const axis = 13
const chopsAt = axis + 2
const chopHeight = 22
const framesAt = chopsAt + chopHeight + 5
const frameHeight = 15
const messagesAt = framesAt + frameHeight + 6
const remarksAt = messagesAt + 14
const violationsAt = remarksAt + 11
export const timelineHeight = 2 * middle

/** What is drawn of a row. */
type Mark = Stamp & Extract<Entry, { type: 'octets' | 'frame' | 'handshake' | 'violation' | 'tcp' }>

const drawn: ReadonlySet<Entry['type']> = new Set(['octets', 'frame', 'handshake', 'violation', 'tcp'])

export function isMark(entry: Entry): entry is Mark {
  return drawn.has(entry.type)
}

/** Up or down from the wire: the y of a rectangle of that height whose inner edge has that distance. */
export function levelY(from: Side, distance: number, height: number): number {
  return from === 'client' ? middle - distance - height : middle + distance
}

/** The figure of a connection whose marks can be drawn one by one; null where they are too many. */
export function timeline(connection: Connection): Html | null {
  const marks = connection.rows.map(({ entry }) => entry).filter(isMark)
  if (connection.omitted !== null || marks.length > markLimit || marks.length === 0) return null
  const at = axisOf(marks)
  const width = left + at.width + 48
  return markup`<svg class="timeline" viewBox="0 0 ${width.toFixed(0)} ${timelineHeight}" width="${width.toFixed(0)}" height="${timelineHeight}" role="img" aria-label="the connection over time: client above, server below">
${frameOfLanes(width)}
${at.breaks.map(({ x, width: w, span }) => breakMark(left + x, w, span))}
${ticks(marks, at)}
${firstFragments(connection, at)}
${messages(marks, at)}
${marks.map(mark => (mark.type === 'octets' ? chop(mark, at) : null))}
${slots(marks, at)}
${pings(marks, at)}
${marks.map(mark => remark(mark, at))}
</svg>`
}

/** The lanes with their names, and the wire. */
export function frameOfLanes(width: number): Html {
  const lane = (from: Side) => {
    const y = levelY(from, axis, middle - axis - 4)
    return markup`<rect class="lane" x="0" y="${y}" width="${width.toFixed(0)}" height="${middle - axis - 4}" rx="4"/><text class="name ${from}" x="10" y="${levelY(from, framesAt, frameHeight) + 12}">${from}</text>`
  }
  return markup`${lane('client')}${lane('server')}<line class="wire" x1="${left - 8}" x2="${(width - 8).toFixed(0)}" y1="${middle}" y2="${middle}"/>`
}

/** Frames and heads of one time stand side by side, each side from the left. */
function axisOf(marks: readonly Mark[]): TimeAxis {
  const rooms = new Map<number, Record<Side, number>>()
  for (const mark of marks) {
    const room = rooms.get(mark.time) ?? { client: 0, server: 0 }
    rooms.set(mark.time, room)
    if (isSlot(mark)) room[mark.from ?? 'client']++
  }
  const moments: Moment[] = [...rooms]
    .sort(([a], [b]) => a - b)
    .map(([time, { client, server }]) => ({ time, room: Math.max(1, client, server) * pitch + 4 }))
  return timeAxis(moments, leastWidth)
}

function isSlot(mark: Mark): boolean {
  return mark.type === 'frame' || mark.type === 'handshake'
}

function breakMark(x: number, width: number, span: number): Html {
  return markup`<g class="break"><rect x="${x.toFixed(1)}" y="4" width="${width}" height="${timelineHeight - 8}"/><text x="${(x + width / 2).toFixed(1)}" y="${middle + 4}">${duration(span)}</text></g>`
}

/** Times under the wire, as many as there is room for. */
function ticks(marks: readonly Mark[], at: TimeAxis): Html[] {
  const start = marks[0]?.time ?? 0
  const found: Html[] = []
  let free = -Infinity
  const taken = at.breaks.map(({ x, width }) => [left + x - 6, left + x + width + 2] as const)
  for (const time of [...new Set(marks.map(mark => mark.time))].sort((a, b) => a - b)) {
    const x = left + at.at(time)
    const text = `+${(time - start).toFixed(1)}`
    const end = x + text.length * 5.6 + 10
    if (x < free || taken.some(([from, to]) => end > from && x < to)) continue
    free = end
    found.push(markup`<text class="tick" x="${x.toFixed(1)}" y="${middle + 4}">${text}</text>`)
  }
  return found
}

function chop(mark: Stamp & { length: number }, at: TimeAxis): Html {
  const from = mark.from ?? 'client'
  const height = Math.max(2, Math.min(1, Math.log2(mark.length + 1) / 16) * chopHeight)
  const y = levelY(from, chopsAt, height)
  return markup`<rect class="chop ${from}" x="${(left + at.at(mark.time)).toFixed(1)}" y="${y.toFixed(1)}" width="3" height="${height.toFixed(1)}"><title>${from}: a chop of ${grouped(mark.length)} octets, ${mark.time.toFixed(3)} ms</title></rect>`
}

/** Where each frame and head stands: side by side within a time. */
function slotPlaces(marks: readonly Mark[], at: TimeAxis): Map<number, number> {
  const taken = new Map<string, number>()
  const places = new Map<number, number>()
  for (const mark of marks) {
    if (!isSlot(mark)) continue
    const key = `${mark.from ?? ''} ${mark.time}`
    const slot = taken.get(key) ?? 0
    taken.set(key, slot + 1)
    places.set(mark.seq, left + at.at(mark.time) + slot * pitch)
  }
  return places
}

function slots(marks: readonly Mark[], at: TimeAxis): Html[] {
  const places = slotPlaces(marks, at)
  return marks.filter(isSlot).map(mark => {
    const from = mark.from ?? 'client'
    const x = places.get(mark.seq) ?? 0
    const y = levelY(from, framesAt, frameHeight)
    const { kind, sign, title } = slotLook(mark)
    return markup`<a href="#row-${mark.seq}" tabindex="-1"><rect class="slot ${kind}" x="${x.toFixed(1)}" y="${y}" width="${markWidth}" height="${frameHeight}" rx="1.5"><title>${from}: ${title}, ${mark.time.toFixed(3)} ms</title></rect><text class="sign" x="${(x + markWidth / 2).toFixed(1)}" y="${y + 11}">${sign}</text></a>`
  })
}

/** Signs stand for opcodes where colours do not. */
const opcodeSigns: readonly [opcode: number, kind: string, sign: string][] = [
  [Opcode.continuation, 'cont', '·'],
  [Opcode.text, 'text', 'T'],
  [Opcode.binary, 'bin', 'B'],
  [Opcode.close, 'close', '×'],
  [Opcode.ping, 'ping', '?'],
  [Opcode.pong, 'pong', '!'],
]

function slotLook(mark: Mark): { kind: string; sign: string; title: string } {
  if (mark.type === 'handshake') return { kind: 'head', sign: 'H', title: mark.startLine.slice(0, 80) }
  if (mark.type !== 'frame') return { kind: '', sign: '', title: '' }
  const [, kind, sign] = opcodeSigns.find(([opcode]) => opcode === mark.opcode) ?? [0, 'reserved', '#']
  const title = `${opcodeName(mark.opcode)} of ${grouped(mark.payloadLength)} octets${mark.fin ? '' : ', not the last of its message'}`
  return { kind, sign, title }
}

/** The signs of frames, in words. */
export function timelineLegend(): Html {
  const names = ['continuation', 'text', 'binary', 'Close', 'Ping', 'Pong']
  return markup`<p class="legend"><span><i class="slot head">H</i> head</span> ${opcodeSigns.map(
    ([, kind, sign], i) => markup`<span><i class="slot ${kind}">${sign}</i> ${names[i] ?? ''}</span> `,
  )}<span><i class="slot reserved">#</i> reserved</span> <span>bars at the wire: chops, by the logarithm of their octets</span> <span>lines outside: messages</span> <span>▲ error or warning</span> <span>△ notice or info</span> <span>times in ms since the first row</span> <span>dashed box: a silence, drawn shorter than it was</span></p>`
}

/** A message is a line from its first frame to its last. */
function messages(marks: readonly Mark[], at: TimeAxis): Html[] {
  const places = slotPlaces(marks, at)
  const begun: Record<Side, number | null> = { client: null, server: null }
  const found: Html[] = []
  for (const mark of marks) {
    if (mark.type !== 'frame' || mark.opcode >= Opcode.close) continue
    const from = mark.from ?? 'client'
    begun[from] ??= places.get(mark.seq) ?? 0
    if (mark.message === null) continue
    const to = (places.get(mark.seq) ?? 0) + markWidth
    const { kind, frames, wireLength, length } = mark.message
    const inflated = mark.message.compressed ? `, inflated ${length === null ? 'not' : grouped(length)}` : ''
    found.push(
      markup`<rect class="message ${from}" x="${begun[from].toFixed(1)}" y="${levelY(from, messagesAt, 4)}" width="${(to - begun[from]).toFixed(1)}" height="4" rx="2"><title>${from}: a ${kind} message of ${frames} ${frames === 1 ? 'frame' : 'frames'}, ${grouped(wireLength)} octets${inflated}</title></rect>`,
    )
    begun[from] = null
  }
  return found
}

/** From the 101 to each side's first data frame. */
function firstFragments({ heads, firstData }: Connection, at: TimeAxis): (Html | null)[] {
  const opened = heads.server?.time
  if (opened === undefined) return []
  return (['client', 'server'] as const).map(from => {
    const first = firstData[from]
    if (first === null) return null
    const y = levelY(from, messagesAt + 7, 0)
    const [x1, x2] = [left + at.at(opened) + markWidth, left + at.at(first.time)]
    if (x2 < x1) return null
    const text = `first fragment after ${duration(first.time - opened)}`
    const label =
      x2 - x1 > text.length * 5.2
        ? markup`<text class="span" x="${((x1 + x2) / 2).toFixed(1)}" y="${from === 'client' ? y - 4 : y + 11}">${text}</text>`
        : null
    return markup`<g class="first ${from}"><line x1="${x1.toFixed(1)}" x2="${x2.toFixed(1)}" y1="${y}" y2="${y}"/>${label}<title>${text}</title></g>`
  })
}

/** A pong is joined with the ping that it answers: the latest before it of the other side with this round trip. */
function pings(marks: readonly Mark[], at: TimeAxis): (Html | null)[] {
  const places = slotPlaces(marks, at)
  const isPing = (mark: Mark, from: Side, time: number) =>
    mark.type === 'frame' &&
    mark.opcode === Opcode.ping &&
    mark.from === from &&
    Math.abs(mark.time - time) < 0.001
  return marks.map(mark => {
    if (mark.type !== 'frame' || mark.rtt === null) return null
    const from = mark.from ?? 'server'
    const peer = peerOf(from)
    const sent = mark.time - mark.rtt
    const ping = marks.find(other => isPing(other, peer, sent))
    if (ping === undefined) return null
    const x1 = (places.get(ping.seq) ?? 0) + markWidth / 2
    const x2 = (places.get(mark.seq) ?? 0) + markWidth / 2
    const y1 = levelY(peer, framesAt, 0)
    const y2 = levelY(from, framesAt, 0)
    return markup`<path class="trip" d="M${x1.toFixed(1)} ${y1}C${x1.toFixed(1)} ${middle} ${x2.toFixed(1)} ${middle} ${x2.toFixed(1)} ${y2}"><title>ping answered after ${duration(mark.rtt)}</title></path>`
  })
}

/** Violations, Close in words, and how TCP ended. */
function remark(mark: Mark, at: TimeAxis): Html | null {
  const from = mark.from ?? 'client'
  const x = left + at.at(mark.time)
  if (mark.type === 'violation') return violationMark(mark, x)
  if (mark.type === 'tcp') {
    const y = levelY(from, remarksAt, 10)
    return markup`<g class="end ${from}"><line x1="${x.toFixed(1)}" x2="${x.toFixed(1)}" y1="${levelY(from, axis, 0)}" y2="${levelY(from, messagesAt + 4, 0)}"/><text x="${x.toFixed(1)}" y="${y + 9}">${mark.state.toUpperCase().slice(0, 12)}</text><title>TCP of the ${from}: ${mark.state}</title></g>`
  }
  return mark.type === 'frame' && mark.close !== null ? closeMark(mark, x) : null
}

/** What breaks a rule is filled, what is only remarked upon is not. */
export function violationMark(mark: Stamp & { rule: RuleId }, x: number): Html {
  const { severity } = ruleOf(mark.rule)
  const sign = severity === 'error' || severity === 'warning' ? '▲' : '△'
  const y = levelY(mark.from ?? 'client', violationsAt, 10)
  return markup`<a href="#row-${mark.seq}" tabindex="-1"><text class="violation ${severity}" x="${x.toFixed(1)}" y="${y + 9}">${sign}<title>${severity}: ${mark.rule}</title></text></a>`
}

function closeMark(mark: Stamp & Frame, x: number): Html {
  const from = mark.from ?? 'client'
  const code = mark.close?.code ?? null
  const name = code === null ? '' : ` ${closeCodeName(code)}`
  return markup`<text class="code" x="${(x + markWidth / 2).toFixed(1)}" y="${levelY(from, messagesAt, 10) + 9}">${codeText(code)}<title>Close, ${codeText(code)}${name}</title></text>`
}

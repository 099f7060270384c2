/** What a row means: a message as JSON or text, a Close, heads, a violation, a verdict, or its plain values. */
import { closeCodeName, closeCodeStanding } from '../../protocol/close-code.ts'
import { Opcode } from '../../protocol/opcode.ts'
import { counted } from '../../protocol/words.ts'
import { headLines } from './head-lines.ts'
import { messageText, secondsText } from './bits-lines.ts'
import { hexLines, plainDump } from './hex-lines.ts'
import type { Content } from './content.ts'
import { lengthOf } from './header-fields.ts'
import { jsonLines } from './json-lines.ts'
import { listed, stacked, type Line, type Lines } from './lines.ts'
import type { Subject } from './subject.ts'
import { named, prose, textLines } from './text-lines.ts'
import { verdictDetail, violationDetail, violationLines } from './violation-lines.ts'

/** `folded` is what is folded of a JSON tree. */
export function decodedLines(subject: Subject, columns: number, folded: ReadonlySet<number>): Lines {
  const { entry } = subject
  if (entry.type === 'verdict') return verdictDetail(entry, subject.violations, columns)
  if (entry.type === 'handshake') return headLines(subject, columns)
  if (entry.type === 'violation') {
    const owner = subject.frame === null ? headLines(subject, columns) : frameLines(subject, columns, folded)
    return stacked([violationDetail(entry, columns), listed([[]]), owner])
  }
  if (subject.frame === null) return valueLines(subject, columns)
  return stacked([listed(violationLines(subject.violations, columns)), frameLines(subject, columns, folded)])
}

/** What a frame carries: its whole message, or what a control frame says. */
function frameLines(subject: Subject, columns: number, folded: ReadonlySet<number>): Lines {
  const { content } = subject
  const shown =
    content === null
      ? listed(subject.message === null ? prose('its octets are no longer kept', columns, 'quiet') : [])
      : contentLines(content, columns, folded)
  const body = subject.frame?.opcode === Opcode.close ? closeLines(subject, columns, shown) : shown
  return stacked([listed(introduction(subject, columns)), body])
}

function contentLines({ kind, octets, text }: Content, columns: number, folded: ReadonlySet<number>): Lines {
  if (octets.length === 0) return listed(prose('no octets', columns, 'quiet'))
  if (text === null) return hexLines(plainDump(octets), columns)
  return kind === 'JSON' ? jsonLines(text, columns, folded) : textLines(text, columns)
}

function introduction(subject: Subject, columns: number): Line[] {
  const { frame, message, content } = subject
  if (frame === null) return []
  const word = content === null ? '' : `, ${content.kind}`
  const pong = frame.rtt === null ? '' : `, round trip ${frame.rtt.toFixed(1)} ms`
  const said =
    message === null
      ? `payload of ${counted(frame.received, 'octet')}${pong}`
      : `${messageText(subject)}${word}`
  const lines = prose(said, columns, 'quiet')
  if (frame.received < frame.payloadLength)
    lines.push(
      ...prose(`cut: ${frame.received} of ${lengthOf(frame)} octets of the frame came`, columns, 'warning'),
    )
  if (message?.cut != null) lines.push(...prose(`cut: ${message.cut}`, columns, 'warning'))
  return lines
}

function closeLines({ frame }: Subject, columns: number, payload: Lines): Lines {
  const close = frame?.close ?? null
  if (close === null) return payload
  if (close.code === null) return listed(named('code', 'none: its peer reports 1005', columns))
  const standing = closeCodeStanding(close.code)
  const remark = standing === 'valid' ? '' : `, ${standing} on the wire (RFC 6455 §7.4)`
  const role = standing === 'valid' ? 'plain' : 'error'
  return listed([
    ...named('code', `${close.code} ${closeCodeName(close.code)}${remark}`, columns, role),
    ...named('reason', close.reason === '' ? 'none' : close.reason, columns),
  ])
}

/** What the title of the pane says, or what is told in other words. */
const untold = new Set(['seq', 'time', 'conn', 'from', 'type'])

/** Names and values of a row as they are, then its octets. */
function valueLines(subject: Subject, columns: number): Lines {
  const values = Object.entries(subject.entry) as [string, unknown][]
  const lines = values.flatMap(([name, value]) => {
    const isPlain = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    return isPlain && !untold.has(name) ? named(name, String(value), columns) : []
  })
  const { entry, wire } = subject
  const octets = entry.type === 'edit' ? entry.written : wire
  const time = named('time', secondsText(entry.time), columns)
  return stacked([
    listed([...time, ...lines]),
    ...(octets === null ? [] : [hexLines(plainDump(octets), columns)]),
  ])
}

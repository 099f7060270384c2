/** The wire log of a case as Autobahn writes it: what the fuzzer read, wrote and waited for, in its order. */
import type { CaseReport, WireRecord } from '../conformance/case-report.ts'
import { markup, type Html } from './html.ts'

/** Lines shown; of more, a line says how many. */
const lineLimit = 2000

export interface FuzzerLine {
  text: string
  direction: 'tx' | 'rx' | ''
}

export function fuzzerLog(report: CaseReport): Html {
  const lines = fuzzerLines(report)
  const numbered = lines.slice(0, lineLimit).map(({ text, direction }, i) => {
    const line = `${String(i).padStart(3, '0')} ${text}\n`
    return direction === '' ? markup`${line}` : markup`<span class="${direction}">${line}</span>`
  })
  const more = lines.length > lineLimit ? markup`… ${lines.length - lineLimit} more` : null
  return markup`<div class="raw">${numbered}${more}</div>`
}

/** Every record, and who ended TCP. */
export function fuzzerLines({ wirelog, droppedByMe }: CaseReport): FuzzerLine[] {
  const dropped = droppedByMe ? 'TCP DROPPED BY ME' : 'TCP DROPPED BY PEER'
  return [...wirelog.map(lineOf), { text: dropped, direction: '' }]
}

function lineOf(record: WireRecord): FuzzerLine {
  switch (record[0]) {
    case 'TO':
      return { text: `TX OCTETS: ${record[1][1]}`, direction: 'tx' }
    case 'RO':
      return { text: `RX OCTETS: ${record[1][1]}`, direction: 'rx' }
    case 'TF': {
      const [, [length, text], opcode, fin, rsv, mask, repeat, chop, sync] = record
      const fields = [
        ...header(opcode, fin, rsv, length),
        `MASK=${python(mask)}`,
        `PAYLOAD-REPEAT-LEN=${python(repeat)}`,
        `CHOPSIZE=${python(chop)}`,
        `SYNC=${python(sync)}`,
      ]
      return { text: `TX FRAME : ${fields.join(', ')}${payload(text)}`, direction: 'tx' }
    }
    case 'RF': {
      const [, [length, text], opcode, fin, rsv, masked, mask] = record
      const fields = [...header(opcode, fin, rsv, length), `MASKED=${python(masked)}`, `MASK=${python(mask)}`]
      return { text: `RX FRAME : ${fields.join(', ')}${payload(text)}`, direction: 'rx' }
    }
    case 'CT':
      return neutral(`DELAY ${seconds(record[1])} sec for TAG ${python(record[2])}`)
    case 'CTE':
      return neutral(`DELAY TIMEOUT on TAG ${python(record[1])}`)
    case 'KL':
      return neutral(`FAIL CONNECTION AFTER ${seconds(record[1])} sec`)
    case 'KLE':
      return neutral('FAILING CONNECTION')
    case 'TI':
      return neutral(`CLOSE CONNECTION AFTER ${seconds(record[1])} sec`)
    case 'TIE':
      return neutral('CLOSING CONNECTION')
    case 'WLM':
      return neutral(record[1] ? 'WIRELOG ENABLED' : 'WIRELOG DISABLED')
  }
}

function neutral(text: string): FuzzerLine {
  return { text, direction: '' }
}

function header(opcode: number, fin: boolean, rsv: number, length: number): string[] {
  return [`OPCODE=${opcode}`, `FIN=${python(fin)}`, `RSV=${rsv}`, `PAYLOAD-LEN=${length}`]
}

function payload(text: string): string {
  return text === '' ? '' : `\n               ${text}`
}

function seconds(value: number): string {
  return value.toFixed(6)
}

/** Values in the words of Autobahn's pages. */
function python(value: string | number | boolean | null): string {
  if (value === null) return 'None'
  return typeof value === 'boolean' ? (value ? 'True' : 'False') : String(value)
}

/** `octets` lines. They are nearly all of a recording, so they are written and read without JSON. */
import type { Side } from '../protocol/side.ts'
import type { OctetsLine } from './format.ts'

/** The digits behind the point, by microseconds: a fraction costs more to write out than the rest of a short line. */
const fractions = Array.from({ length: 1000 }, (_, micros) => String(micros / 1000).slice(1))

function timeText(time: number): string {
  const micros = Math.round(time * 1000)
  const whole = Math.floor(micros / 1000)
  return `${whole}${fractions[micros - whole * 1000] ?? ''}`
}

/** The line up to its base64; `octetsTail` follows. */
export function octetsHead(conn: number, time: number, from: Side, offset: number): string {
  return `{"type":"octets","time":${timeText(time)},"conn":${conn},"from":"${from}","offset":${offset},"data":"`
}

export const octetsTail = '"}\n'

/** Such a head; every number in it is within the limits of the format. */
const head =
  /^\{"type":"octets","time":((?:0|[1-9]\d{0,11})(?:\.\d{1,3})?),"conn":([1-9]\d{0,14}),"from":"(client|server)","offset":(0|[1-9]\d{0,14}),"data":"/

/** Octets of the longest head. */
const longestHead = 120

/**
 * Reads a line that is written as here, without its line feed. Null for any other, also where anything but base64 stands
 * between head and tail: it has to be read as JSON.
 */
export function readOctetsLine(line: Buffer): OctetsLine | null {
  const found = head.exec(line.toString('latin1', 0, longestHead))
  const end = line.length - 2
  if (found === null || line.toString('latin1', end) !== '"}') return null
  const [{ length: start }, time, conn, from, offset] = found
  const data = decodeBase64(line.toString('latin1', start, end))
  if (data === null) return null
  return {
    type: 'octets',
    time: Number(time),
    conn: Number(conn),
    from: from as Side,
    offset: Number(offset),
    data,
  }
}

/** Null where anything but padded base64 is in it: Buffer would skip that, and the octets would be fewer. */
export function decodeBase64(base64: string): Buffer | null {
  const padding = base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0
  const octets = Buffer.from(base64, 'base64')
  return octets.length === (base64.length / 4) * 3 - padding ? octets : null
}

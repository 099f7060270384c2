/** Facts as a recording, to look at with `wsinspect log`. What a recording cannot say, such as a tick, is not in it. */
import type { Side } from '../../src/protocol/side.ts'
import { endLine, markText, openLine, sessionLine, tcpLine } from '../../src/recording/format.ts'
import { octetsHead, octetsTail } from '../../src/recording/octets-line.ts'
import type { Fact } from '../support/facts.ts'
import { Streams } from './streams.ts'

export function recordingOf(facts: readonly Fact[]): string {
  const streams = new Streams()
  const offset = (conn: number, from: Side) => streams.lengthOf(conn, from)
  const lines = facts.map(fact => {
    const line = lineOf(fact, offset)
    streams.take(fact)
    return line
  })
  const last = Math.max(0, ...facts.map(({ time }) => time))
  return sessionLine(new Date(0), 'wsinspect fuzz', false) + lines.join('') + endLine(last)
}

function lineOf(fact: Fact, offset: (conn: number, from: Side) => number): string {
  const { time, conn = 1 } = fact
  switch (fact.type) {
    case 'open':
      return openLine(conn, time, fact.info)
    case 'octets': {
      const data = Buffer.from(fact.bytes).toString('base64')
      return octetsHead(conn, time, fact.from, offset(conn, fact.from)) + data + octetsTail
    }
    case 'tcp':
      return tcpLine(conn, time, fact.from, fact.state)
    case 'mark':
      return markText(conn, time, fact.from, fact.mark)
    case 'tick':
      return ''
  }
}

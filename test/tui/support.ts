/** Sessions from scripts of several connections, and panes painted into cells. */
import { Canvas, linesOf, makeCells, type Cells } from '../../src/tui/canvas.ts'
import { themes } from '../../src/tui/theme.ts'
import { Session } from '../../src/wire/session.ts'
import type { LogLimits, Reader } from '../../src/wire/log.ts'
import { push } from '../support/facts.ts'
import { parseScript } from '../support/wire-script.ts'

/** A session that `reader` reads after every fact; each script is a connection, numbered from 1, one after the other. */
export function play(reader: Reader, scripts: readonly string[], log?: LogLimits): Session {
  const session = new Session(log === undefined ? {} : { log })
  session.attach(reader)
  scripts.forEach((script, i) => {
    feed(session, i + 1, script)
  })
  return session
}

/** Gives the facts of a script to a session. `go on` in its first line: the connection is open already. */
export function feed(session: Session, conn: number, script: string): void {
  const isLater = script.startsWith('go on')
  const facts = parseScript(script.replace('go on', ''))
  for (const fact of facts) if (!isLater || fact.type !== 'open') push(session, { ...fact, conn })
}

/** The cells of a screen that `paint` has drawn on; before, each of them is `?`. */
export function painted(width: number, height: number, paint: (canvas: Canvas) => void, ascii = true): Cells {
  const cells = makeCells(width, height, themes.mono)
  cells.chars.fill('?')
  paint(new Canvas(cells, { theme: themes.mono, ascii }))
  return cells
}

/** Its lines, without the blanks at their ends. */
export function shown(width: number, height: number, paint: (canvas: Canvas) => void): string {
  return linesOf(painted(width, height, paint))
    .map(line => line.trimEnd())
    .join('\n')
}

/** What no cell may hold: controls, and what joins, hides or turns its neighbours. */
export const unsafe = /[\p{C}\p{M}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u

/** An upgrade whose heads say `path`, `request` and `response` beside what they must. */
export function upgrade(path: string, request = '', response = ''): string {
  return `
client head
  GET ${path} HTTP/1.1
  Host: localhost
  Upgrade: websocket
  Connection: Upgrade
  Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
  Sec-WebSocket-Version: 13${more(request)}
server head
  HTTP/1.1 101 Switching Protocols
  Upgrade: websocket
  Connection: Upgrade
  Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=${more(response)}
`
}

function more(header: string): string {
  return header === '' ? '' : `\n  ${header}`
}

/** The replay of a connection: asked for, going on, and what came of it. */
import type { Effects } from './actions.ts'
import { selected } from './connections-state.ts'
import { cursorRow } from './log-state.ts'
import type { Model } from './model.ts'
import { ask } from './overlays.ts'

/** Asks where to replay the connection under the cursor; a replay that goes on is stopped instead. */
export function askForReplay(model: Model): void {
  const { replay, host } = model
  const conn = connectionOf(model)
  if (replay !== null) replay.stop()
  else if (conn === null) model.note = { text: 'no connection is selected', role: 'warning' }
  else ask(model, 'replay', serverOf(host.log.connection(conn)?.open?.remark.url ?? ''), conn)
}

/** Begins it. What comes of it is shown as soon as nothing else is over the panes. */
export function replay(model: Model, conn: number, how: string, { tell }: Effects): void {
  if (how === '') return
  const { over, stop } = model.host.replay(conn, how)
  model.replay = { text: `replaying #${conn} against ${how}   R stops`, stop }
  const end = () => {
    model.replay = null
  }
  over.then(
    lines => {
      end()
      model.report = { title: ` Replay of #${conn} `, lines }
      tell(`the replay of #${conn} is over`)
    },
    (error: unknown) => {
      end()
      tell(error instanceof Error ? error.message : String(error))
    },
  )
}

/** The connection under the cursor; null where there is none. */
function connectionOf({ focus, connections, list, log: state }: Model): number | null {
  if (focus === 'connections') return selected(connections, list)?.conn ?? null
  const row = cursorRow(state)
  const conn = row < 0 ? 0 : state.log.conn(row)
  return conn === 0 ? null : conn
}

/** A URL without its path: what was asked for is in the recording. */
function serverOf(url: string): string {
  return URL.canParse('/', url) ? new URL('/', url).href : url
}

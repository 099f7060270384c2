/** What `-` and `+` hide or keep: the kind of row, or the connection, as a condition of the filter. */
import { opcodeName } from '../protocol/opcode.ts'
import { selected } from './connections-state.ts'
import { cursorRow } from './log-state.ts'
import type { Model } from './model.ts'

/** Null where there is nothing under the cursor. */
export function kindOf(model: Model): string | null {
  if (model.focus === 'connections') {
    const chosen = selected(model.connections, model.list)
    return chosen === null ? null : `conn:${chosen.conn}`
  }
  const { log } = model.log
  const row = cursorRow(model.log)
  const type = log.type(row)
  if (type === null) return null
  return type === 'frame' ? `op:${opcodeWord(log.frames.opcode(row))}` : `type:${type}`
}

function opcodeWord(opcode: number): string {
  const name = opcodeName(opcode).toLowerCase()
  return name.startsWith('op') ? `0x${opcode.toString(16)}` : name
}

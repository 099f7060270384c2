/** Help: the keys of a pane, over everything else. Typing searches. */
import type { Canvas } from '../canvas.ts'
import { groupsOf, keyName, type Pane } from '../keys.ts'
import { settleScroll, type Scroll } from '../scroll.ts'
import { cut, fit } from '../text.ts'
import { paintBox } from './box.ts'

/** What is typed, and how far it is scrolled. */
export interface HelpState {
  pane: Pane
  words: string
  scroll: Scroll
}

/** A line: keys and what they do; a group's name has no keys. */
interface Line {
  keys: string
  text: string
}

/** Columns of the keys. */
const keyColumns = 14

const filterLines: readonly Line[] = [
  { keys: '', text: 'FILTER' },
  { keys: 'op:text', text: 'opcode or kind of row: text bin cont ctl ping close open error …' },
  { keys: 'from:client', text: 'the side that sent' },
  { keys: 'conn:3', text: 'the connection; conn:3|7' },
  { keys: 'len>1k', text: 'payload; also wire, msg' },
  { keys: 'chop>1', text: 'frames in several reads; chop:& shares one' },
  { keys: 'code:1002', text: 'close code' },
  { keys: 'json:.a=1', text: 'a value in a JSON message' },
  { keys: 'is:bad', text: 'breaks a rule' },
  { keys: '"x" /re/ -no', text: 'text, regular expression, not; (a|b) either' },
]

const signLines: readonly Line[] = [
  { keys: '', text: 'WHAT COLUMNS SAY' },
  { keys: 'CHOP 2:3+221', text: 'came in two reads, of 3 and 221 octets' },
  { keys: 'CHOP 1&', text: 'its read carried others too' },
  { keys: 'FLG F1M!', text: 'FIN, RSV1, masked, breaks a rule' },
  { keys: 'LEN, z', text: 'payload as sent; z and what it inflates to' },
]

function linesOf(pane: Pane): Line[] {
  const keys = groupsOf(pane).flatMap(({ group, bindings }) => [
    { keys: '', text: group.toUpperCase() },
    ...bindings.map(({ keys, text }) => ({ keys: keys.map(keyName).join(' '), text })),
  ])
  return [...keys, ...filterLines, ...(pane === 'log' ? signLines : [])]
}

/** The lines that hold all the words typed; group names where nothing is typed. */
function found({ pane, words }: HelpState): Line[] {
  const lines = linesOf(pane)
  const wanted = words.toLowerCase().split(' ').filter(Boolean)
  if (wanted.length === 0) return lines
  return lines.filter(
    ({ keys, text }) => keys !== '' && wanted.every(word => `${keys} ${text}`.toLowerCase().includes(word)),
  )
}

const nothingFound: Line = { keys: '', text: 'no key and no word of the filter says that' }

/** Draws the help as a box in the middle of the canvas, and settles how far it is scrolled. */
export function paintHelp(canvas: Canvas, state: HelpState): void {
  const matching = found(state)
  const lines = matching.length > 0 ? matching : [nothingFound]
  const below = state.words === '' ? ' type to search · Esc closes ' : ` ${state.words}_ `
  const box = paintBox(canvas, lines.length, ` Help: ${state.pane} `, below)
  const rows = box.height - 2
  settleScroll(state.scroll, lines.length, rows)
  const { top } = state.scroll
  for (let y = 0; y < rows; y++) {
    const line = lines[top + y]
    if (line === undefined) continue
    const x = line.keys === '' ? 2 : box.put(2, y + 1, fit(line.keys, keyColumns), 'strong') + 1
    box.put(x, y + 1, cut(line.text, box.width - 2 - x), line.keys === '' ? 'focus' : 'plain')
  }
  if (top + rows < lines.length) box.putRight(box.width - 2, box.height - 1, ' ↓ more ', 'rule')
}

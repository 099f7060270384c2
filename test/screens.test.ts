/** Pictures of the screen in the documentation are what the code draws. `npm run screens` draws them anew. */
import { describe, expect, it } from 'vitest'
import { actions, type Effects } from '../src/tui/actions.ts'
import { linesOf, makeCells } from '../src/tui/canvas.ts'
import { setFilterText } from '../src/tui/filtering.ts'
import { searchOn } from '../src/tui/finding.ts'
import { actionOf } from '../src/tui/keys.ts'
import { makeModel, refresh, type Model } from '../src/tui/model.ts'
import { paintScreen } from '../src/tui/paint.ts'
import { themes } from '../src/tui/theme.ts'
import type { Host } from '../src/tui/host.ts'
import { readRecording } from '../src/recording/read.ts'
import { Session } from '../src/wire/session.ts'
import { svgOf } from './support/svg.ts'

const root = new URL('../', import.meta.url)

/** Each: what is pressed after the filter is set, and what a reader should find on it. */
const screens: {
  name: string
  width: number
  height: number
  filter: string
  keys: string[]
  shows: string[]
}[] = [
  {
    name: 'log',
    width: 100,
    height: 44,
    filter: 'conn:1|2',
    keys: ['g'],
    shows: ['TEXT┐', 'CONT┘', '2:3+221', 'ERROR mask.missing', 'END'],
  },
  {
    name: 'hex',
    width: 100,
    height: 24,
    filter: 'op:text chop>1',
    keys: ['g', 'enter', 'x'],
    shows: ['81 fe 00╎d8', '[hex]', '2 reads'],
  },
  {
    name: 'all',
    width: 160,
    height: 46,
    filter: '',
    keys: ['g', 'e', 'enter'],
    shows: ['1 Connections', '3 Statistics', '── hex', '── bits'],
  },
]

const none = () => undefined
const effects: Effects = {
  quit: none,
  quitAll: none,
  suspend: none,
  write: none,
  redraw: none,
  setMouse: none,
  dump: none,
  tell: none,
}

async function recorded(name: string): Promise<Model> {
  const session = new Session()
  await readRecording(new URL(`recordings/${name}.ndjson`, root).pathname, session, {
    onNote: note => {
      throw new Error(note)
    },
  })
  const { log } = session
  const host: Host = {
    log,
    title: '127.0.0.1:9000 → ws://127.0.0.1:9001/',
    welcome: [],
    isLive: true,
    // Times of day would differ from place to place; times since the start do not.
    started: NaN,
    now: () => log.time(log.next - 1) + 1000,
    isRecording: () => true,
    toggleRecording: none,
    waiting: () => 0,
    save: () => Promise.resolve(),
    replay: () => ({ over: Promise.resolve([]), stop: none }),
    openRecording: null,
  }
  return makeModel(host, { theme: themes.ansi, ascii: false }, 80, 24)
}

/** Brings everything up to date that goes on in slices. */
function settled(model: Model, now: number): void {
  const { log } = model.host
  model.list.advance(log)
  model.statistics.all.advance(log)
  while (model.log.rows.advance(() => 0, 1));
  refresh(model, () => now)
}

async function drawn({ width, height, filter, keys }: (typeof screens)[number]) {
  const model = await recorded('tour')
  Object.assign(model, { width, height })
  model.log.time = 'start'
  if (filter !== '') setFilterText(model, filter)
  const cells = makeCells(width, height, model.look.theme)
  settled(model, 0)
  paintScreen(cells, model)
  keys.forEach((key, i) => {
    const action = actionOf(key, model.focus)
    if (action !== null) actions[action](model, effects)
    while (searchOn(model, () => 0, 1));
    settled(model, 1000 * (i + 1))
    paintScreen(cells, model)
  })
  return cells
}

describe('the pictures in docs/screens', () => {
  it.each(screens)('$name is what is drawn', async screen => {
    const cells = await drawn(screen)
    for (const text of screen.shows) expect(linesOf(cells).join('\n')).toContain(text)
    await expect(svgOf(cells)).toMatchFileSnapshot(new URL(`docs/screens/${screen.name}.svg`, root).pathname)
  })
})

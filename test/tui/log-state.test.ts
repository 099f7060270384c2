import { describe, expect, it } from 'vitest'
import { encodeFrame } from '../../src/protocol/frame-encoder.ts'
import { makeFind } from '../../src/tui/find.ts'
import * as view from '../../src/tui/log-state.ts'
import { rowCells } from '../../src/tui/row-cells.ts'
import { parseFilter } from '../../src/wire/filter/filter.ts'
import { opened, push, sent, type Fact } from '../support/facts.ts'
import { finishRows, finishSearch, rowsOf, viewOf } from '../support/log-view.ts'
import { join, octets } from '../support/octets.ts'
import { parseScript } from '../support/wire-script.ts'

const lines = 10

/** `count` text frames from the server, numbered from `first` on, in one read. */
function texts(count: number, first = 0): Fact {
  const frame = (_: unknown, i: number) => encodeFrame({ opcode: 1 }, octets(`n${first + i}.`))
  return sent('server', join(Array.from({ length: count }, frame)))
}

/** A view of 100 text frames. */
function many() {
  const of = viewOf([...opened(), texts(100)])
  const more = (count = 10) => {
    push(of.session, texts(count, 1000))
    finishRows(of.state)
    view.settle(of.state, lines)
  }
  return { ...of, more, frames: rowsOf(of.log, 'frame') }
}

/** Where the cursor stands, and the rows on the screen. */
function screen(state: view.LogState): { cursor: number; rows: number[] } {
  const { rows, top } = state
  const start = rows.rank(top)
  const on = Array.from({ length: lines }, (_, i) => rows.at(start + i)).filter(row => row >= 0)
  return { cursor: view.cursorRow(state), rows: on }
}

describe('following', () => {
  it('is how a view begins: the newest row is on the screen, with the cursor on it', () => {
    const { state, more, log } = many()
    expect(state.follow).toBe(true)
    expect(screen(state).cursor).toBe(log.next - 1)
    more()
    expect(screen(state).cursor).toBe(log.next - 1)
    expect(screen(state).rows.at(-1)).toBe(log.next - 1)
    expect(screen(state).rows).toHaveLength(lines)
    expect(view.newRows(state)).toBe(0)
  })

  it.each<[string, (state: view.LogState) => void]>([
    ['moving up', state => { view.moveBy(state, -1) }],
    ['paging up', state => { view.page(state, -0.5) }],
    ['going to the oldest', view.toOldest],
    ['going to a row', state => { view.toRow(state, 30) }],
    ['space', view.toggleFollow],
    ['opening', view.pause],
    ['looking for an error', view.nextError],
    ['finding', state => { view.setFind(state, makeFind('n5.')); view.findPrevious(state) }],
  ])('ends with %s, and nothing moves when rows come', (_, key) => {
    const { state, more } = many()
    key(state)
    finishSearch(state)
    view.settle(state, lines)
    const before = screen(state)
    expect(state.follow).toBe(false)
    more(10)
    more(200)
    expect(screen(state)).toEqual(before)
    expect(view.newRows(state)).toBe(210)
  }) // prettier-ignore

  it.each<[string, (state: view.LogState) => void]>([
    ['space', view.toggleFollow],
    ['going to the newest', view.toNewest],
    ['reaching the last row', state => { view.moveBy(state, 11) }],
    ['paging beyond it', state => { view.page(state, 2) }],
  ])('goes on with %s', (_, key) => {
    const { state, more, log } = many()
    view.moveBy(state, -1)
    more(10)
    key(state)
    expect(state.follow).toBe(true)
    more(5)
    expect(screen(state).rows.at(-1)).toBe(log.next - 1)
    expect(view.newRows(state)).toBe(0)
  }) // prettier-ignore

  it('does not go on before the last row is reached', () => {
    const { state, more } = many()
    view.moveBy(state, -3)
    more(10)
    view.moveBy(state, 12)
    expect(state.follow).toBe(false)
  })

  it('counts rows that came after what was on the screen, only those shown', () => {
    const { session, state } = many()
    push(session, texts(3))
    finishRows(state)
    view.toggleFollow(state)
    push(session, sent('server', encodeFrame({ opcode: 9 })))
    view.setFilter(state, parseFilter('op:text'))
    finishRows(state)
    expect(view.newRows(state)).toBe(3)
  })
})

describe('a paused view', () => {
  it('calls new what came since, not what a filter hid', () => {
    const { state, more } = many()
    view.setFilter(state, parseFilter('n50.'))
    finishRows(state)
    view.settle(state, lines)
    view.toggleFollow(state)
    view.setFilter(state, null)
    finishRows(state)
    view.settle(state, lines)
    expect(view.newRows(state)).toBe(0)
    more(7)
    expect(view.newRows(state)).toBe(7)
  })

  it('lives through the loss of its rows: it clamps to the oldest', () => {
    const { session, state, log } = viewOf([...opened(), texts(40)], { memory: 65_536, rows: 64 })
    view.moveBy(state, -30)
    view.settle(state, lines)
    const { cursor } = screen(state)
    push(session, texts(20))
    finishRows(state)
    view.settle(state, lines)
    expect(screen(state).cursor).toBe(cursor)
    push(session, texts(60))
    finishRows(state)
    view.settle(state, lines)
    expect(log.first).toBeGreaterThan(cursor)
    expect(screen(state)).toEqual({ cursor: state.rows.first, rows: expect.any(Array) as number[] })
    expect(screen(state).rows).toHaveLength(lines)
    view.moveBy(state, 1)
    expect(view.cursorRow(state)).toBe(state.rows.at(1))
  })

  it('has a filter that works: the cursor keeps its row, or takes the nearest, and comes back', () => {
    const { state, frames } = many()
    const row = frames[54]!
    view.toRow(state, row)
    view.setFilter(state, parseFilter('"4."'))
    finishRows(state)
    view.settle(state, lines)
    expect(state.rows.count).toBe(10)
    expect(screen(state).cursor).toBe(row)
    view.setFilter(state, parseFilter('n50.|n57.'))
    finishRows(state)
    view.settle(state, lines)
    expect(screen(state)).toEqual({ cursor: frames[57], rows: [frames[50], frames[57]] })
    view.setFilter(state, null)
    finishRows(state)
    view.settle(state, lines)
    expect(screen(state).cursor).toBe(row)
    expect(screen(state).rows).toContain(row)
    expect(state.follow).toBe(false)
  })

  it('begins where it was, also when a key comes before the rows of a new filter were looked at', () => {
    const { state, log } = many()
    view.setFilter(state, parseFilter('op:text'))
    view.settle(state, lines)
    view.moveBy(state, -1)
    view.toggleFollow(state)
    finishRows(state)
    view.settle(state, lines)
    expect(screen(state).cursor).toBe(log.next - 1)
  })

  it('keeps how far it is moved sideways, its marks and its times when rows come and filters change', () => {
    const { state, more } = many()
    view.moveBy(state, -5)
    view.moveSideways(state, 8)
    view.nextTimeMode(state)
    view.toggleMark(state)
    const marks = [...state.marks]
    more()
    view.setFilter(state, parseFilter('op:text'))
    finishRows(state)
    view.settle(state, lines)
    expect([state.left, state.time, ...state.marks]).toEqual([8, 'start', ...marks])
    view.moveSideways(state, -20)
    expect(state.left).toBe(0)
    view.moveSideways(state, 1e9)
    expect(state.left).toBe(view.sidewaysLimit)
  })
})

describe('moving', () => {
  it('scrolls no more than it must, pages by screens, and stops at the ends', () => {
    const { state } = many()
    const top = () => screen(state).rows[0]
    const before = top()
    view.moveBy(state, -9)
    view.settle(state, lines)
    expect(top()).toBe(before)
    view.moveBy(state, -1)
    view.settle(state, lines)
    expect(top()).toBe(before! - 1)
    view.page(state, -1)
    view.settle(state, lines)
    expect(screen(state)).toMatchObject({ cursor: before! - 11 })
    expect(top()).toBe(before! - 11)
    view.page(state, 0.5)
    view.settle(state, lines)
    expect(top()).toBe(before! - 6)
    view.moveBy(state, -1000)
    view.settle(state, lines)
    expect([top(), view.cursorRow(state)]).toEqual([state.rows.first, state.rows.first])
    view.page(state, -1)
    view.settle(state, lines)
    expect(view.cursorRow(state)).toBe(state.rows.first)
  })

  it('goes to the oldest row, also to those that are still to be looked at', () => {
    const { state, log } = viewOf([...opened(), texts(800)])
    view.setFilter(state, parseFilter('op:text'))
    state.rows.advance(() => 0, 0)
    view.toOldest(state)
    finishRows(state)
    view.settle(state, lines)
    expect(view.cursorRow(state)).toBe(rowsOf(log, 'frame')[0])
  })

  it('has nowhere to go in an empty view, which is full again when rows come', () => {
    const { state } = many()
    view.setFilter(state, parseFilter('op:close'))
    finishRows(state)
    for (const key of [view.toOldest, view.toNewest, view.toggleFollow, view.toggleMark, view.nextError]) {
      key(state)
      view.moveBy(state, -1)
      view.page(state, 1)
      view.partOfMessage(state, 1)
      finishSearch(state)
      view.settle(state, lines)
    }
    expect(screen(state)).toEqual({ cursor: -1, rows: [] })
    expect(state.marks.size).toBe(0)
    view.setFilter(state, null)
    finishRows(state)
    view.settle(state, lines)
    expect(screen(state).rows).toHaveLength(lines)
  })

  it('brings a row that was far away into the middle', () => {
    const { state, frames } = many()
    view.toRow(state, frames[20]!)
    view.settle(state, lines)
    expect(screen(state).rows.indexOf(frames[20]!)).toBe(5)
    view.toRow(state, frames[22]!)
    view.settle(state, lines)
    expect(screen(state).rows.indexOf(frames[22]!)).toBe(7)
  })
})

describe('reads', () => {
  it('are rows when they are asked for', () => {
    const { state, log } = many()
    expect(state.rows.indexOf(rowsOf(log, 'octets')[0]!)).toBe(-1)
    view.setFilter(state, parseFilter('from:server'))
    view.toggleReads(state)
    finishRows(state)
    expect(rowsOf(log, 'octets').map(row => state.rows.indexOf(row) >= 0)).toEqual([false, true, true])
  })
})

describe('marks', () => {
  it('are gone through in the order of rows, round and round', () => {
    const { state, frames } = many()
    expect(view.nextMark(state)).toBe(false)
    for (const i of [70, 10, 40]) {
      view.toRow(state, frames[i]!)
      view.toggleMark(state)
    }
    const visited = [1, 2, 3].map(() => {
      expect(view.nextMark(state)).toBe(true)
      return frames.indexOf(view.cursorRow(state))
    })
    expect(visited).toEqual([70, 10, 40])
    view.toggleMark(state)
    view.setFilter(state, parseFilter('-n10.'))
    finishRows(state)
    expect(view.nextMark(state)).toBe(true)
    expect(view.cursorRow(state)).toBe(frames[70])
  })

  it('are forgotten with their rows, and bounded', () => {
    const { session, state } = viewOf([...opened(), texts(40)], { memory: 65_536, rows: 64 })
    view.toggleMark(state)
    const [marked] = state.marks
    push(session, texts(100))
    finishRows(state)
    view.toNewest(state)
    expect(view.nextMark(state)).toBe(false)
    view.toggleMark(state)
    expect(state.marks.has(marked!)).toBe(false)
    for (let i = 0; i < view.markLimit + 5; i++) state.marks.add(1e6 + i)
    view.moveBy(state, -1)
    view.toggleMark(state)
    expect(state.marks.size).toBe(view.markLimit + 6)
  })
})

describe('searches', () => {
  it('find a text, next and previous, among the rows shown', () => {
    const { state, frames } = many()
    view.toRow(state, frames[10]!)
    view.setFind(state, makeFind('5.'))
    const go = (key: (of: view.LogState) => void) => {
      key(state)
      return [finishSearch(state), frames.indexOf(view.cursorRow(state))]
    }
    expect(go(view.findNext)).toEqual(['found', 15])
    expect(go(view.findNext)).toEqual(['found', 25])
    expect(go(view.findPrevious)).toEqual(['found', 15])
    view.setFilter(state, parseFilter('-n25. -n5.'))
    finishRows(state)
    expect(go(view.findNext)).toEqual(['found', 35])
    view.toRow(state, frames[15]!)
    expect(go(view.findPrevious)).toEqual(['found', 95])
    view.toRow(state, frames[15]!)
    view.setFind(state, makeFind('/n9[0-9]\\./'))
    expect(go(view.findNext)).toEqual(['found', 90])
    view.setFind(state, makeFind(''))
    view.findNext(state)
    expect(view.advanceSearch(state, () => 0, 1)).toBe('idle')
  })

  it('take a text for what it is, whatever the filter language would make of it', () => {
    const frame = encodeFrame({ opcode: 1 }, octets('a (b|c) "d\\ -e'))
    const { state } = viewOf([...opened(), sent('server', frame)])
    for (const text of ['(b|c)', '"d\\', ' -e', '|']) {
      view.toOldest(state)
      view.setFind(state, makeFind(text))
      view.findNext(state)
      expect([text, finishSearch(state)]).toEqual([text, 'found'])
    }
    expect(() => makeFind('/(/')).toThrow('filter column')
  })

  it('go on in slices, and end with any other movement', () => {
    const { state, frames } = many()
    let time = 0
    const clock = () => time++
    view.toOldest(state)
    view.setFind(state, makeFind('n90.'))
    view.findNext(state)
    let slices = 1
    while (view.advanceSearch(state, clock, 5) === 'more') slices++
    expect(slices).toBeGreaterThan(15)
    expect(view.cursorRow(state)).toBe(frames[90])
    view.findPrevious(state)
    expect(view.advanceSearch(state, clock, 1)).toBe('more')
    view.moveBy(state, -1)
    expect(view.advanceSearch(state, clock, 1)).toBe('idle')
    expect(view.cursorRow(state)).toBe(frames[89])
  })

  it('find errors and warnings, not notices', () => {
    const wire = [
      'handshake',
      'server TEXT "a"',
      'client TEXT "not masked"',
      'server TEXT "b"',
      'server TEXT rsv=2 "c"',
      'server PONG "unsolicited"',
      'server TEXT "d"',
    ]
    const { state, log } = viewOf(parseScript(wire.join('\n')))
    const found = rowsOf(log, 'violation').map(row => ({ row, cells: rowCells(log, log.entry(row), 80) }))
    const errors = found.filter(({ cells }) => ['ERROR', 'WARN'].includes(cells.type)).map(({ row }) => row)
    expect(found.map(({ cells }) => cells.type)).toEqual(['ERROR', 'ERROR', 'NOTE'])
    view.toOldest(state)
    for (const row of errors) {
      view.nextError(state)
      expect([finishSearch(state), view.cursorRow(state)]).toEqual(['found', row])
    }
    view.previousError(state)
    expect([finishSearch(state), view.cursorRow(state)]).toEqual(['found', errors.at(-2)])
  })

  it('go from fragment to fragment past other frames, and no further than their message', () => {
    const wire = [
      'handshake',
      'server TEXT fin=0 "one"',
      'client TEXT key=00000001 "other side"',
      'server PING "p"',
      'server CONT fin=0 "two"',
      'server CONT "three"',
      'server TEXT fin=0 "next message"',
      'server CONT "end"',
    ]
    const { state, log } = viewOf(parseScript(wire.join('\n')))
    const [one, , , two, three, next] = rowsOf(log, 'frame')
    const go = (row: number, step: 1 | -1) => {
      view.toRow(state, row)
      view.partOfMessage(state, step)
      return finishSearch(state) === 'found' ? view.cursorRow(state) : null
    }
    expect([go(one!, 1), go(two!, 1), go(three!, 1)]).toEqual([two, three, null])
    expect([go(three!, -1), go(two!, -1), go(one!, -1), go(next!, -1)]).toEqual([two, one, null, null])
    view.setFilter(state, parseFilter('-"two"'))
    finishRows(state)
    expect(go(one!, 1)).toBeNull()
  })

  it('go from a ping to the pong that echoes it, and back', () => {
    const wire = [
      'handshake',
      'server PING "a"',
      'server PING "b"',
      'client PONG key=00000001 "b"',
      'server PONG "a"',
      'client PONG key=00000001 "a"',
    ]
    const { state, log } = viewOf(parseScript(wire.join('\n')))
    const [pingA, pingB, pongB, other, pongA] = rowsOf(log, 'frame')
    const go = (row: number, step: 1 | -1) => {
      view.toRow(state, row)
      view.partOfMessage(state, step)
      return finishSearch(state) === 'found' ? view.cursorRow(state) : null
    }
    expect([go(pingA!, 1), go(pingB!, 1), go(pongB!, -1), go(pongA!, -1)]).toEqual([
      pongA,
      pongB,
      pingB,
      pingA,
    ])
    expect([go(pingA!, -1), go(pongA!, 1), go(other!, -1)]).toEqual([null, null, null])
  })
})

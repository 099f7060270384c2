/** Long lines of the decoded view: several, or one that is moved sideways. */
import { describe, expect, it } from 'vitest'
import * as detail from '../../../src/tui/detail/detail-state.ts'
import { key, openApp } from '../../support/app.ts'
import { escapesOf } from '../../support/escapes.ts'
import { logOf, opened, painted } from './support.ts'

const long = Array.from({ length: 40 }, (_, i) => `word${i}`).join(' ')
const json = `{\\"first\\":1,\\"long\\":\\"${long}\\",\\"last\\":[1,2]}`

function state(text: string): detail.DetailState {
  return opened(logOf(`handshake\nserver TEXT "${text}"`), 'frame')
}

/** The pane as text, and the line of the cursor. */
function shown(of: detail.DetailState): { text: string; at: string } {
  const lines = painted(of, 60, 16)
  return { text: lines.join('\n'), at: lines.find(line => line.startsWith('>')) ?? '' }
}

describe('the detail without wrapping', () => {
  it('has a line for each value, which goes on beyond the edge', () => {
    const of = state(json)
    expect(shown(of).text).toContain('word39')
    detail.toggleWrap(of)
    const { text } = shown(of)
    expect(text).toMatch(/\n {3}"long":"word0 .*…\n {3}"last":\[1,2\]\n }/)
    expect(text).not.toContain('word39')
  })

  it('moves sideways as far as the longest line in sight, and back', () => {
    const of = state(json)
    expect(detail.moveSideways(of, 8)).toBe(false)
    detail.toggleWrap(of)
    const before = shown(of)
    expect(detail.moveSideways(of, 8)).toBe(true)
    expect(shown(of).text).toMatch(/\n …/)
    detail.moveSideways(of, 1e6)
    expect(shown(of).text).toMatch(/\n ….* word39",/)
    detail.moveSideways(of, -1e6)
    expect(shown(of)).toEqual(before)
  })

  it.each([
    ['JSON', json],
    ['text', `first\\n${long}\\nlast`],
  ])('keeps the cursor on what it is on: %s', (_, text) => {
    const of = state(text)
    shown(of)
    detail.find(of, 'word30')
    expect(shown(of).at).toContain('word30')
    detail.toggleWrap(of)
    expect(shown(of).at).toContain('word0')
    detail.moveBy(of, 1)
    expect(shown(of).at).toContain('last')
    detail.toggleWrap(of)
    expect(shown(of).at).toContain('last')
  })

  it('finds what is out of sight, place by place', () => {
    const of = state(
      `${'.'.repeat(300)}needle${'.'.repeat(300)}needle${'日'.repeat(100)}needle\\nand a needle`,
    )
    detail.toggleWrap(of)
    shown(of)
    expect(detail.find(of, 'needle')).toBe(true)
    const places = [shown(of).at]
    for (let i = 0; i < 4; i++) {
      detail.findNext(of)
      places.push(shown(of).at)
    }
    expect(places.every(at => at.includes('needle'))).toBe(true)
    expect(places[0]).toMatch(/^>…\.+needle\.+…$/)
    expect(places[2]).toMatch(/日needle␊$/)
    expect(places[3]).toBe('>and a needle')
    expect(places[4]).toBe(places[0])
  })

  it('goes on with the next row, and copies the same', async () => {
    const { tty, feed, press, shown: screen } = openApp()
    feed(`handshake\nserver TEXT "${json}"\nserver TEXT "${json}"\n`)
    await screen()
    await press('k')
    expect(await press(key.enter, 'w')).toContain('long lines are one')
    expect(await press('l')).toContain('…')
    expect(await press(']')).toMatch(/"long":"word0 .*…/)
    await press('y', 'p')
    const copied = escapesOf(tty.raw()).find(escape => escape.startsWith('\x1b]52;c;'))
    expect(Buffer.from(copied?.slice(7) ?? '', 'base64').toString()).toBe(json.replaceAll('\\', ''))
    expect(await press('w')).toContain('long lines are wrapped')
  })
})

describe('a detail of another width', () => {
  it('keeps the cursor on what it is on', () => {
    const of = state(json)
    shown(of)
    detail.find(of, 'word35')
    painted(of, 40, 16)
    const at = painted(of, 90, 16).find(line => line.startsWith('>'))
    expect(at).toContain('word35')
  })
})

/** The whole screen: keys in, cells on a terminal out. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { makeCells, linesOf } from '../../src/tui/canvas.ts'
import { choicesOf } from '../../src/tui/choices.ts'
import { paintScreen } from '../../src/tui/paint.ts'
import { themes } from '../../src/tui/theme.ts'
import { key, openApp } from '../support/app.ts'
import { upgrade } from './support.ts'
import { escapesOf } from '../support/escapes.ts'

const chat = `handshake
time 1000
client TEXT key=01020304 "hello wire"
time 1100
server TEXT "and back"
time 1200
client PING key=05060708 "are you there"
time 1201.5
server PONG "are you there"
time 1300
client TEXT key=090a0b0c "cut header" chops=1
time 1400
server TEXT fin=0 "{\\"a\\":"
server CONT "[1,2]}"
time 1500
client TEXT "no mask"
`

const closed = `${chat}time 1600
server CLOSE code=1002 "mask your frames"
`

/** What stands left of the line between two columns. */
const left = (line: string) => line.split('│')[0]?.trimEnd()

const more = (text: string, time: number) => `go on\ntime ${time}\nserver TEXT "${text}"\n`

describe('at the start', () => {
  it('says what to connect to where', async () => {
    const { shown } = openApp({ width: 100 })
    const screen = await shown()
    expect(screen).toContain('wsinspect 127.0.0.1:9000 → ws://127.0.0.1:9001/')
    expect(screen).toContain('no connection yet')
    expect(screen).toContain('connect to ws://127.0.0.1:9000/')
    expect(screen).toContain('? help  / filter')
    expect(screen).toContain('FOLLOW')
  })

  it('says in one sentence that there is too little room, and draws again when there is', async () => {
    const { tty, shown } = openApp({ width: 38, height: 6 })
    expect(await shown()).toContain('terminal is 38x6, wsinspect needs 40x8')
    tty.resize(40, 8)
    expect(await shown()).toContain('[2 Log]')
  })
})

describe('the log', () => {
  it('follows, pauses where one moves up, and goes on at the end', async () => {
    const { feed, shown, press } = openApp()
    feed(chat)
    expect(await shown()).toMatch(/TEXT┐[^]*CONT┘[^]*> .*no mask/)
    for (let i = 0; i < 40; i++) feed(more(`sooner ${i}`, 1600 + i))
    expect(await shown()).toMatch(/> .*sooner 39/)
    expect(await press('k')).toContain('PAUSED')
    const before = (await shown()).split('\n').slice(3, 21)
    for (let i = 0; i < 40; i++) feed(more(`later ${i}`, 2000 + i))
    const after = await shown()
    expect(after.split('\n').slice(3, 21)).toEqual(before)
    expect(after).toContain('PAUSED ↓40 new')
    expect(await press('G')).toMatch(/FOLLOW[^]*> .*later 39/)
  })

  it('is filtered while one types, tells what is wrong, and takes changes back', async () => {
    const { feed, press } = openApp()
    feed(chat)
    expect(await press('/', 'op:text')).toMatch(/\/ op:text +✓ 5 rows/)
    expect(await press(' nowhere')).toContain('no row matches the filter: Esc takes it away')
    await press(key.ctrl('w'))
    const faulty = await press('nonsense:1')
    expect(faulty).toMatch(/\n ✗ filter column 9: .*nonsense/)
    const restored = await press(key.escape)
    expect(restored).toContain('PONG')
    expect(await press('/', 'from:server', key.enter)).not.toContain('hello wire')
    expect(await press('u')).toContain('hello wire')
  })

  it('keeps to the filter from before while what is typed is none', async () => {
    const { feed, press } = openApp()
    feed(chat)
    // "from" alone is a text to search for, which no row has.
    expect(await press('/', 'from')).toContain('no row matches')
    const all = await press(':')
    expect(all).toMatch(/ \d+ rows\n[^]*hello wire[^]*PONG[^]*✗/)
    await press('server', key.enter)
    const faulty = await press('/', ' op:pong')
    expect(faulty).toMatch(/ 1 row: from:server op:pong/)
    expect(await press(key.ctrl('w'), 'len>')).toMatch(/ 5 rows: from:server\n[^]*PONG[^]*✗/)
    expect(await press(key.enter)).toMatch(/✗ filter column 17: len> needs octets/)
    expect(await press(key.escape)).toMatch(/ 5 rows: from:server\n/)
    expect(await press('u')).toContain('hello wire')
  })

  it('says why Enter does not take a filter that could go on', async () => {
    const { app, feed, press, shown } = openApp()
    feed(chat)
    expect(await press('/', 'from:server op:te')).toContain('Tab completes: text')
    expect(await press(key.enter)).toMatch(/\/ from:server op:te +✗\n ✗ filter column 16: op: needs text/)
    expect(await press('x')).toContain('Tab completes: text')
    app.tell('something happened')
    expect(await shown()).toMatch(/\/ from:server op:tex +✗\n something happened/)
  })

  it('is completed by what connections have been', async () => {
    const { feed, press } = openApp()
    feed(upgrade('/chat?room=1', '', 'Sec-WebSocket-Protocol: chat.v1'), 1)
    feed(upgrade('/charts'), 2)
    feed(upgrade('/a b\x1b[31m'), 3)
    expect(await press('/', 'path:')).toMatch(/Tab completes: \/charts \/chat$/m)
    expect(await press('/chat', key.tab)).toMatch(/✓ \d+ rows/)
    expect(await press(key.ctrl('u'), 'conn:')).toMatch(/Tab completes: 3 2 1$/m)
    expect(await press(key.ctrl('u'), 'proto:', key.tab)).toMatch(/\/ proto:chat\.v1 +✓/)
  })

  it('says how much of a row was searched where a search leaves none', async () => {
    const { feed, press } = openApp()
    feed(chat)
    const bound = 'of each row the first 64 KiB are searched, by /…/ the first 4096 characters'
    for (const search of ['nowhere', '/nowhere/', 'json:.nothing', 'op:ping nowhere']) {
      const screen = await press('/', key.ctrl('u'), `${search} op:pong`, key.enter)
      expect(screen).toContain('no row matches the filter')
      expect(screen).toContain(bound)
    }
    const columns = await press('/', key.ctrl('u'), 'len>1m', key.enter)
    expect(columns).toContain('no row matches the filter')
    expect(columns).not.toContain('searched')
    await press('u', '/', key.ctrl('u'), key.enter)
    expect(await press('f', 'nowhere', key.enter)).toContain('(the first 64 KiB of each are searched)')
    expect(await press('f', '/nowhere/', key.enter)).toContain('(the first 4096 characters of each are')
  })

  it('is filtered by what Tab completes, and says what may follow', async () => {
    const { feed, press } = openApp()
    feed(chat)
    expect(await press('/')).toMatch(/Tab completes: op: type: from: .*…/)
    expect(await press('fr', key.tab, 's')).toMatch(/\/ from:s [^]*Tab completes: server s$/m)
    expect(await press('erv', key.tab)).toMatch(/\/ from:server +✓ \d+ rows/)
    expect(await press(' op:te')).toMatch(/✗[^]*Tab completes: text/)
    expect(await press(key.tab)).toMatch(/\/ from:server op:text +✓ 2 rows/)
    expect(await press(' len:')).toContain('octets, such as 64, 1k or 64..128')
    expect(await press('x', key.enter)).toContain('✗ filter column 25: len: needs octets')
  })

  it('takes keys that come at once with a filter for what it shows', async () => {
    const { feed, press } = openApp()
    feed(chat)
    const screen = await press(`/op:text${key.enter}k${key.enter}`)
    expect(screen).toContain('PAUSED')
    expect(screen).toContain('── Frame')
  })

  it('tells the end of a connection in one row', async () => {
    const { feed, shown } = openApp({ width: 120 })
    feed(`${closed}tcp server fin\nclient CLOSE key=0d0e0f10 code=1002\ntcp client fin\n`)
    const screen = await shown()
    expect(screen).toContain('1002 protocol error "mask your frames"')
    expect(screen).toMatch(/> .*END +not clean: closed by the server with 1002/)
  })

  it('tells how many violations a row stands for, however narrow it is', async () => {
    const { feed, press } = openApp({ width: 60 })
    feed(`${chat}client TEXT "again"\nclient TEXT "and again"\nclient TEXT key=01020304 "masked"\n`)
    expect(await press('G')).toMatch(/ERROR mask\.missing: a client.*… {2}×2\n/)
  })

  it('goes to errors, to what is found, to marks and along a message', async () => {
    const { feed, press } = openApp()
    feed(chat)
    expect(await press('g', 'e')).toMatch(/> .*ERROR mask.missing/)
    expect(await press('m', 'g', "'")).toMatch(/>\*.*ERROR mask.missing/)
    expect(await press('g', 'f', 'back', key.enter)).toMatch(/> .*and back/)
    expect(await press('f', '/\\[1,\\d/', key.enter)).toMatch(/> .*CONT┘/)
    expect(await press('{')).toMatch(/> .*TEXT┐/)
    expect(await press('f', 'nowhere to be found', key.enter)).toContain('not found in the rows shown')
    expect(await press('g', 'E')).toContain('no error or warning is shown above')
    expect(await press('}')).toContain('no part of its message')
  })

  it('hides a kind of row, and keeps but one', async () => {
    const { feed, press } = openApp()
    feed(chat)
    const hidden = await press('f', 'are you there', key.enter, '-')
    expect(hidden).toContain('-op:ping')
    expect(hidden).not.toMatch(/PING/)
    expect(await press('u', 'f', 'hello', key.enter, '+')).toMatch(/ \d+ rows: op:text/)
    expect(await press('u', 'g', 'e', '-')).toContain('-type:violation')
  })

  it('moves payloads sideways, says so, and moves them back', async () => {
    const { feed, press, shown } = openApp()
    feed(chat)
    await shown()
    const moved = await press('l')
    expect(moved).toContain('← 8 columns')
    expect(moved).not.toContain('hello wire')
    expect(await press(key.escape)).toContain('hello wire')
  })

  it('shows reads, and times in other ways', async () => {
    const { feed, press } = openApp()
    feed(chat)
    expect(await press('T')).toContain('READ')
    expect(await press('T')).not.toContain('READ')
    expect(await press('t')).toContain('times: since the start')
  })

  it('says how many rows were dropped', async () => {
    const { feed, press, shown } = openApp({ limits: { memory: 1 << 20, rows: 64 } })
    feed(chat)
    await press('g')
    for (let i = 0; i < 200; i++) feed(more(`row ${i}`, 2000 + i))
    expect(await shown()).toMatch(/older rows (were )?dropped/)
  })
})

describe('the detail', () => {
  it('is opened by Enter, shows octets and bits, and is left by q', async () => {
    const { feed, press } = openApp()
    feed(chat)
    const decoded = await press('f', 'cut header', key.enter, key.enter)
    expect(decoded).toMatch(/── Frame \d+ ─ #1 C→S ─ 6\+10 octets, 2 reads/)
    expect(decoded).toContain('PAUSED')
    expect(await press('x')).toContain('┃81╎8a 09 0a 0b 0c┃63 75 74')
    expect(await press('m')).toContain('┃81╎8a 09 0a 0b 0c┃6a 7f 7f')
    const bits = await press('b')
    expect(bits).toContain('FIN')
    expect(bits).toMatch(/reads +1 octet/)
    expect(await press(']')).toMatch(/── .* ─ #1 C←S/)
    expect(await press('q')).not.toContain('── Frame')
  })

  it('has the screen to itself where that is too low for two', async () => {
    const { feed, press, shown } = openApp({ width: 40, height: 8 })
    feed(chat)
    await shown()
    const open = await press('f', 'hello wire', key.enter, key.enter)
    expect(open).toContain('hello wire')
    expect(open).not.toContain('PING')
  })

  it('stays when the log has moved on', async () => {
    const { feed, press, shown } = openApp({ limits: { memory: 1 << 20, rows: 64 } })
    feed(chat)
    await press('f', 'hello wire', key.enter, key.enter)
    for (let i = 0; i < 200; i++) feed(more(`row ${i}`, 2000 + i))
    const screen = await shown()
    expect(screen).toMatch(/── Frame[^]*hello wire/)
  })
})

describe('a search', () => {
  it('says that it goes on', async () => {
    const { tty, feed, pass, shown, press } = openApp({ step: 1 })
    feed(chat)
    for (let i = 0; i < 40; i++) feed(more(`later ${i}`, 2000 + i))
    await press('g')
    tty.keys(`fnowhere${key.enter}`)
    await tty.settled()
    pass(50)
    await tty.settled()
    expect(tty.text()).toContain('searching: row ')
    expect(await shown()).toContain('not found in the rows shown')
  })

  it('in a detail says what of a message is not there to be searched', async () => {
    const { feed, press, shown } = openApp({ width: 100 })
    feed(`handshake\nserver TEXT "${'x'.repeat(2 << 20)}needle"\n`)
    await shown()
    const screen = await press(key.enter, '/', 'needle', key.enter)
    expect(screen).toContain('not found: needle; not all of it: the first 1048576 of 2097158 octets')
    expect(await press('/', key.enter)).not.toContain('not found')
    expect(await press('n')).not.toContain('not found')
  })
})

describe('other panes', () => {
  it('tells on its tab how many connections there are, and how many are open', async () => {
    const { feed, press, shown } = openApp()
    expect(await shown()).toContain(' 1 Connections 0  [2 Log] ')
    feed(chat, 1)
    feed(`${closed}tcp server fin\nclient CLOSE key=0d0e0f10 code=1002\ntcp client fin\n`, 2)
    expect(await shown()).toContain(' 1 Connections 1/2 open  [2 Log] ')
    feed('go on\ntcp server fin\ntcp client fin\n', 1)
    expect(await shown()).toContain(' 1 Connections 0/2 open  [2 Log] ')
    expect(await press('1')).toContain('[1 Connections 0/2 open]')
  })

  it('narrows the log to a connection', async () => {
    const { feed, press } = openApp()
    feed(chat, 1)
    feed('handshake\nclient TEXT key=01020304 "of another"\n', 2)
    expect(await press('1')).toContain('[1 Connections')
    const narrowed = await press(key.enter)
    expect(narrowed).toContain('conn:2')
    expect(narrowed).toContain('of another')
    expect(narrowed).not.toContain('hello wire')
  })

  it('counts all rows, or those of the filter', async () => {
    const { feed, press } = openApp({ height: 40 })
    feed(chat)
    expect(await press('3')).toMatch(/TEXT +3 +2/)
    await press('/', 'from:client', key.enter)
    expect(await press('c')).toMatch(/TEXT +3 +0/)
  })

  it('stand side by side where there is room', async () => {
    const { feed, shown, press } = openApp({ width: 160, height: 50 })
    feed(chat)
    const screen = await shown()
    for (const title of ['1 Connections', '2 Log', '3 Statistics']) expect(screen).toContain(title)
    const detail = await press('f', 'cut header', key.enter, key.enter)
    for (const title of ['2 Log', '── hex', '── bits']) expect(detail).toContain(title)
    expect(await press('z')).not.toContain('2 Log')
    expect(await press('z')).toContain('2 Log')
  })

  it('has help for the pane, which can be searched', async () => {
    const { press } = openApp()
    expect(await press('?')).toContain('Help: log')
    const found = await press('clip')
    expect(found).not.toContain('half a page')
    expect(await press(key.escape)).not.toContain('Help')
  })
})

describe('commands', () => {
  it('go to a row, filter, find, change colours, and quit', async () => {
    const { app, done, feed, press } = openApp()
    feed(chat)
    expect(await press(':', '0', key.enter)).toMatch(/> .*OPEN/)
    expect(await press(':', 'filter op:ping', key.enter)).toContain('1 row: op:ping')
    expect(await press(':', 'filter op:', key.enter)).toContain('filter column')
    expect(await press(key.escape, ':', 'find back', key.enter)).toMatch(/> .*and back/)
    await press(':', 'theme okabe', key.enter)
    expect(app.model.look.theme).toBe(themes.okabe)
    expect(await press(':', 'theme none', key.enter)).toContain('no theme none')
    expect(await press(':', 'frobnicate', key.enter)).toContain('no command frobnicate')
    await press(':', 'q', key.enter)
    expect(done).toEqual(['quit'])
  })

  it('have a history, as filters have', async () => {
    const { feed, press } = openApp()
    feed(chat)
    await press('/', key.ctrl('u'), 'op:ping', key.enter, '/', key.ctrl('u'), 'op:text', key.enter)
    expect(await press('/', key.up, key.up)).toMatch(/\/ op:ping/)
  })
})

describe('keys of every pane', () => {
  it('move through connections, hide one, and order them', async () => {
    const { feed, press } = openApp()
    for (const conn of [1, 2, 3]) feed('handshake\nclient TEXT key=01020304 "hello"\n', conn)
    expect(await press('1', 'j')).toMatch(/\n *> *2/)
    expect(await press('-')).toContain('-conn:2')
    expect(await press('u', '+')).toContain(': conn:2')
    expect(await press('G')).toMatch(/\n *> *1/)
    expect(await press('g')).toMatch(/\n *> *3/)
    expect(await press('\x1b[6~', key.ctrl('u'), 'o')).toContain('connections: most octets first')
  })

  it('page by what is seen, in statistics, help and messages', async () => {
    const { app, feed, press } = openApp({ height: 10 })
    feed(chat)
    const shownLines = (screen: string) => screen.split('\n').slice(2, -2).map(left)
    const first = shownLines(await press('3'))
    expect(first).toHaveLength(6)
    const half = shownLines(await press(key.ctrl('d')))
    expect(half.slice(0, 3)).toEqual(first.slice(3))
    const page = shownLines(await press('g', '\x1b[6~'))
    expect(page.slice(0, 3)).toEqual(half.slice(3))
    expect(first).not.toContain(page[0])
    expect(shownLines(await press(key.pageUp))).toEqual(first)
    for (let i = 0; i < 50; i++) app.tell(`message ${i}.`)
    const inside = (screen: string) => screen.match(/message \d+\./g) ?? []
    const newest = inside(await press('!'))
    expect(newest.at(-1)).toBe('message 49.')
    const older = inside(await press(key.pageUp))
    expect(older).toHaveLength(newest.length)
    expect(older.at(-1)).toBe(`message ${49 - newest.length}.`)
  })

  it('scroll statistics, help and messages', async () => {
    const { app, feed, press } = openApp({ height: 16 })
    feed(chat)
    const top = await press('3')
    expect(await press('\x1b[6~')).not.toBe(top)
    expect(await press('g')).toContain(top.split('\n')[3] ?? '')
    for (let i = 0; i < 30; i++) app.tell(`message ${i}`)
    expect(await press('!')).toContain('message 29')
    expect(await press(key.up, '\x1b[5~', '\x1b[5~')).toContain('message 9')
    expect(await press(key.enter)).not.toContain('Messages')
    const help = await press('?')
    expect(await press('\x1b[6~')).not.toBe(help)
    expect(await press('half', ' ', 'down', '\x7f')).toContain('half a page down')
  })

  it('fold JSON, search and scroll in the detail, and walk the fields of the header', async () => {
    const { feed, press, shown } = openApp({ height: 40 })
    feed('handshake\nserver TEXT "{\\"a\\":[1,2,3],\\"needle\\":4}"\n')
    await shown()
    const open = await press(key.enter)
    expect(open).toContain('"needle"')
    expect(await press('j', key.enter)).not.toBe(open)
    expect(await press('g', '/', 'needle', key.enter)).toMatch(/>.*needle/)
    expect(await press('/', 'nowhere', key.enter)).toContain('not found')
    const bits = await press('b', key.tab)
    expect(bits).toContain('RSV1-3')
    expect(await press('\x1b[Z', 'G', 'g', key.ctrl('d'), 'h', 'l', 'n')).toContain('FIN')
    expect(await press('1', key.tab, key.tab, key.tab)).toContain('3 Statistics')
  })

  it('say what cannot be done', async () => {
    const { feed, press } = openApp({ host: { isRecording: () => null } })
    feed(chat)
    expect(await press('P')).toContain('this is a recording already')
    expect(await press("'")).toContain('no row is marked')
    expect(await press('u')).toContain('no filter before')
    expect(await press('g', 'y', 'p')).toContain('no payload to copy')
    expect(await press('Y', key.enter)).toContain('no payload to save')
    expect(await press(key.escape)).toContain('q quits')
  })
})

describe('the mouse', () => {
  const click = (x: number, y: number) => `\x1b[<0;${x};${y}M`

  it('chooses the connection that is under it, whatever the pane has room for', async () => {
    for (const height of [24, 11, 8]) {
      const { feed, press } = openApp({ height })
      for (const conn of [1, 2, 3]) feed('handshake\nclient TEXT key=01020304 "hello"\n', conn)
      const lines = (await press('%', '1')).split('\n')
      const line = lines.findIndex(text => /^ ? *1 +open/.test(text)) + 1
      expect(await press(click(4, line))).toMatch(/\n> *1 +open/)
      // Below the list is nothing to choose.
      expect(await press(click(4, height - 2))).toMatch(/\n> *1 +open/)
    }
  })

  it('chooses tabs and rows, and scrolls what is under it, once it is switched on', async () => {
    const { tty, feed, press } = openApp()
    feed(chat)
    expect(await press('%')).toContain('mouse on')
    expect(tty.modes().mouseTrackingMode).toBe('vt200')
    expect(await press(click(3, 5))).toMatch(/> .*REQ/)
    expect(await press(click(3, 5))).toContain('── Request')
    expect(await press('q', '\x1b[<64;3;6M')).toContain('PAUSED')
    expect(await press(click(4, 2))).toContain('[1 Connections')
    expect(await press(click(4, 4))).toMatch(/> *1 +open/)
    expect(await press(click(40, 2))).toContain('[3 Statistics]')
    expect(await press('%')).toContain('mouse off')
  })
})

describe('what leaves the screen', () => {
  it('is copied through the terminal', async () => {
    const { tty, feed, press } = openApp()
    feed(chat)
    expect(await press('f', 'hello wire', key.enter, 'y')).toContain('copy: p payload')
    expect(await press('p')).toContain('copied 10 octets')
    const encoded = escapesOf(tty.raw())
      .find(escape => escape.startsWith('\x1b]52;c;'))
      ?.slice(7)
    expect(Buffer.from(encoded ?? '', 'base64').toString()).toBe('hello wire')
  })

  it('is saved as it is copied: inflated where it was compressed', async () => {
    const { saved, feed, press, shown } = openApp()
    feed('handshake permessage-deflate\nserver TEXT rsv=4 f248cdc9c90700\n')
    await shown()
    await press('Y', key.ctrl('u'), 'out.txt', key.enter)
    expect(Buffer.from(saved.get('out.txt') ?? []).toString()).toBe('Hello')
  })

  it('is saved to a file', async () => {
    const { saved, feed, press } = openApp()
    feed(chat)
    expect(await press('f', 'hello wire', key.enter, 'Y', key.ctrl('u'), 'out.bin', key.enter)).toContain(
      'saved 10 octets to out.bin',
    )
    expect(Buffer.from(saved.get('out.bin') ?? []).toString()).toBe('hello wire')
  })

  it('is saved as a whole, however long; where some of it is not there that is said', async () => {
    const { saved, feed, press } = openApp({ width: 120 })
    const long = 'x'.repeat(3 << 20)
    feed(`handshake\nserver TEXT "${long}"\n`)
    expect(await press('Y', key.ctrl('u'), 'long', key.enter)).toContain('saved 3145728 octets to long')
    expect(Buffer.from(saved.get('long') ?? []).toString()).toBe(long)
    feed('go on\nserver TEXT fin=0 "begun"\n')
    const screen = await press('Y', key.ctrl('u'), 'part', key.enter)
    expect(screen).toContain('saved 5 octets to part; not all of it: its last frame has not come')
    expect(await press('y', 'p')).toContain(
      'copied 5 octets: payload (OSC 52); not all of it: its last frame',
    )
  })

  it('is printed plainly, and any key comes back', async () => {
    const { tty, feed, press } = openApp()
    feed(chat)
    await press('L')
    expect(tty.isAlternate()).toBe(false)
    expect(tty.text()).toContain('client FRAME')
    await press('x')
    expect(tty.isAlternate()).toBe(true)
  })
})

describe('leaving', () => {
  it('asks while connections are open', async () => {
    const { done, feed, press } = openApp()
    feed(chat)
    expect(await press('q')).toContain('Quit?  y yes   any other key no   (1 connection is open')
    await press('n')
    expect(done).toEqual([])
    await press('q', 'y')
    expect(done).toEqual(['quit'])
  })

  it.each([
    [['Q'], 'quit all'],
    [[key.ctrl('c'), key.ctrl('c')], 'quit'],
  ])('can be done at once: %j', async (keys, how) => {
    const { done, feed, press } = openApp()
    feed(chat)
    await press(...keys)
    expect(done).toEqual([how])
  })

  it('needs no question where nothing is open', async () => {
    const { done, press } = openApp()
    await press('q')
    expect(done).toEqual(['quit'])
  })

  it('asks before it sleeps, as nothing is forwarded then', async () => {
    const { done, feed, press } = openApp()
    feed(chat)
    expect(await press(key.ctrl('z'))).toContain('Sleep?  y yes')
    await press('y')
    expect(done).toEqual(['suspend'])
  })
})

describe('frames', () => {
  it('are at most 27 in a second, whatever comes', async () => {
    const { tty, feed, pass, readAll } = openApp()
    feed(chat)
    const frames = () => escapesOf(tty.raw()).filter(escape => escape === '\x1b[?2026h').length
    await tty.settled()
    const before = frames()
    for (let ms = 0; ms < 1000; ms++) {
      feed(more(`row ${ms}`, 2000 + ms))
      readAll()
      pass(1)
      if (ms % 20 === 0) await tty.settled()
    }
    await tty.settled()
    expect(frames() - before).toBeGreaterThan(15)
    expect(frames() - before).toBeLessThanOrEqual(27)
  })

  it('are fewer where drawing takes long, and a key is answered as soon as ever', async () => {
    let draw: () => void = () => undefined
    const { tty, feed, pass, readAll } = openApp({
      host: {
        now: () => {
          draw()
          return 0
        },
      },
    })
    feed(chat)
    pass(50)
    // A frame asks what time it is.
    draw = () => {
      pass(8)
    }
    const frames = () => escapesOf(tty.raw()).filter(escape => escape === '\x1b[?2026h').length
    await tty.settled()
    const before = frames()
    for (let ms = 0; ms < 1000; ms++) {
      feed(more(`row ${ms}`, 2000 + ms))
      pass(1)
      if (ms % 20 === 0) await tty.settled()
    }
    readAll()
    await tty.settled()
    expect(frames() - before).toBeGreaterThan(4)
    expect(frames() - before).toBeLessThan(9)
    const answered = frames()
    tty.keys('k')
    await tty.settled()
    pass(8)
    await tty.settled()
    expect(frames() - answered).toBe(1)
    expect(tty.text()).toContain('PAUSED')
  })

  it('are left out while the terminal takes none; then the newest is shown', async () => {
    const { tty, feed, shown, pass, readAll } = openApp()
    feed(chat)
    await shown()
    tty.stall()
    feed(more('first', 2000))
    await shown()
    const waiting = tty.output.writableLength
    for (let i = 0; i < 500; i++) {
      feed(more(`row ${i}`, 3000 + i))
      readAll()
      pass(40)
    }
    expect(tty.output.writableLength).toBe(waiting)
    tty.resume()
    await tty.settled()
    expect(await shown()).toContain('row 499')
  })
})

/** Octets that want to drive the terminal, as payloads and head values. */
const nasty = fc.oneof(
  fc.constantFrom(
    '\x1b[31m',
    '\x1b]0;title\x07',
    '\x1b]52;c;aGk=\x07',
    '\x9b2J',
    '\u202e',
    '\u200d',
    '{bold}',
    '日本',
  ),
  fc.string({ unit: 'binary', maxLength: 12 }),
)
const nastyText = fc.array(nasty, { minLength: 1, maxLength: 4 }).map(parts => parts.join(''))

/** As a quoted text of the script: octet by octet. */
const quoted = (text: string) => Buffer.from(text).toString('hex').replaceAll(/../g, '\\x$&')

const keys = fc.oneof(
  fc.constantFrom(...'jkgGhl123ze[]{}dxbmtT%!?uyYfn:/-+oc \t\r'.split('')),
  fc.constantFrom(
    key.escape,
    key.up,
    key.pageUp,
    '\x1b[B',
    '\x1b[200~pasted \x1b[31m\x1b[201~',
    '\x1b[<0;5;6M',
    'op:text',
  ),
)

const step = fc.oneof(
  { weight: 5, arbitrary: keys.map(pressed => ({ type: 'key' as const, pressed })) },
  { weight: 3, arbitrary: nastyText.map(text => ({ type: 'frame' as const, text })) },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('resize' as const),
      width: fc.integer({ min: 20, max: 180 }),
      height: fc.integer({ min: 4, max: 60 }),
    }),
  },
)

describe('hostile traffic', () => {
  it('never reaches the terminal but as characters, and the terminal shows the cells of the model', async () => {
    await fc.assert(
      fc.asyncProperty(
        nastyText,
        fc.array(step, { minLength: 3, maxLength: 25 }),
        fc.boolean(),
        async (value, steps, ascii) => {
          const { app, tty, terminal, feed, press, shown } = openApp({ ascii, theme: 'okabe' })
          const head = value.replaceAll(/[\r\n\0]/g, '')
          feed(`client head\n  GET /${encodeURI(head.replaceAll(/\p{Surrogate}/gu, ''))} HTTP/1.1\n  Host: x\n  Upgrade: websocket
  Connection: Upgrade\n  Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\n  Sec-WebSocket-Version: 13
  X-Nasty: ${head}\nserver head\n  HTTP/1.1 101 ${head}\n  Upgrade: websocket\n  Connection: Upgrade
  Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\n  Sec-WebSocket-Protocol: ${head}\n`)
          feed(`go on\nclient TEXT key=01020304 "${quoted(value)}"\n`)
          app.tell(value)
          for (const taken of steps) {
            if (taken.type === 'frame') feed(`go on\nserver TEXT "${quoted(taken.text)}"\n`)
            else if (taken.type === 'resize') tty.resize(taken.width, taken.height)
            else await press(taken.pressed)
            await shown()
          }
          feed(`go on\nserver CLOSE code=1002 "${quoted(value).slice(0, 400)}"\n`)
          await press(key.escape, key.escape, key.escape)
          await shown()
          const cells = makeCells(terminal.width, terminal.height, app.model.look.theme)
          paintScreen(cells, app.model)
          const expected = linesOf(cells).map(line => line.trimEnd())
          if (tty.isAlternate()) expect(tty.text().split('\n')).toEqual(expected)
          terminal.leave()
          await tty.settled()
          expect(() => escapesOf(withoutLineEnds(tty.raw()))).not.toThrow()
        },
      ),
      { numRuns: 60 },
    )
  }, 120_000)

  it('has no colour where none is wanted', async () => {
    const { tty, feed, press } = openApp({ theme: 'mono' })
    feed(chat)
    await press('k', key.enter, 'x', 'b', 'q', '1', '3', '?')
    const colours = escapesOf(tty.raw()).filter(escape =>
      /[;[](?:3[0-7]|4[0-7]|9\d|10\d|[34]8)[;m]/.test(escape),
    )
    expect(colours).toEqual([])
  })
})

/** The plain dump ends its lines; nothing else does. */
function withoutLineEnds(raw: Uint8Array): Uint8Array {
  return raw.filter(octet => octet !== 0x0a && octet !== 0x0d)
}

describe('a replay', () => {
  it('is of the connection under the cursor, goes on beside everything, and can be stopped', async () => {
    const { feed, press, shown, done } = openApp({ width: 100 })
    feed(chat)
    feed(chat, 2)
    await shown()
    expect(await press('R')).toContain(' replay against ws://127.0.0.1:9001/')
    expect(await press('chat', key.enter)).toContain(
      'replaying #2 against ws://127.0.0.1:9001/chat   R stops',
    )
    expect(await press('k', 'k')).toContain('R stops')
    await press('R')
    expect(done).toEqual(['replay #2 against ws://127.0.0.1:9001/chat', 'stop'])
  })

  it('shows what came of it, to be scrolled, as soon as nothing else is over the panes', async () => {
    let end: (lines: string[]) => void = () => undefined
    const over = new Promise<string[]>(resolve => (end = resolve))
    const host = { replay: () => ({ over, stop: () => undefined }) }
    const { feed, press, shown } = openApp({ width: 100, host })
    feed(chat)
    await press('1', 'R', key.enter, '/')
    end([
      'connection 1: 1 difference',
      ...Array.from({ length: 40 }, (_, i) => `line ${i}`),
      'a \x1b[31mred\u202e end',
    ])
    expect(await shown()).not.toContain('Replay of #1')
    expect(await press(key.escape)).toMatch(/┌─+ Replay of #1 ─+┐[^]*connection 1: 1 difference/)
    const last = await press(...Array<string>(9).fill('\x1b[6~'))
    expect(last).toContain('a ␛[31mred� end')
    expect(last).not.toContain('connection 1: 1 difference')
    const after = await press(key.escape)
    expect(after).not.toContain('Replay of #1')
    expect(after).not.toContain('R stops')
  })

  it('says in a line why there is none', async () => {
    const host = { replay: () => ({ over: Promise.reject(new Error('no octets')), stop: () => undefined }) }
    const { feed, press, shown } = openApp({ host })
    expect(await press('R')).toContain('no connection is selected')
    feed(chat)
    await press('R', key.enter)
    expect(await shown()).toContain('no octets')
  })
})

describe('the screen after another', () => {
  it('goes on with all that was chosen', async () => {
    const before = openApp({ width: 100 })
    before.feed(chat)
    await before.press('/', 'op:ping', key.enter, '/', key.ctrl('u'), 'op:text', key.enter)
    await before.press(
      't',
      'T',
      '%',
      '1',
      'o',
      '3',
      'c',
      '2',
      'f',
      'back',
      key.enter,
      ':',
      'theme okabe',
      key.enter,
    )
    const { app, tty, feed, shown, press } = openApp({ width: 100, choices: choicesOf(before.app.model) })
    feed(chat)
    const screen = await shown()
    expect(screen).toMatch(/ 5 rows: op:text/)
    expect(screen).toMatch(/\n> +01\.500/)
    expect(app.model.look.theme).toBe(themes.okabe)
    expect(tty.modes().mouseTrackingMode).toBe('vt200')
    expect(await press('n')).toMatch(/> .*and back/)
    expect(await press('3')).toContain('counted: op:text')
    expect(await press('1', 'o')).toContain('connections: faulty first')
    expect(await press('/', key.up)).toMatch(/\/ op:text/)
    expect(await press(key.escape, '2', 'u')).toContain('1 row: op:ping')
    expect(await press('u')).toContain('READ')
  })
})

describe('a recording beside', () => {
  it('is opened by its name; what is wrong with it is said', async () => {
    const host = { openRecording: (path: string) => Promise.reject(new Error(`${path}: no recording`)) }
    const { press, shown } = openApp({ host })
    expect(await press('O')).toContain('open recording')
    await press('a.ndjson', key.enter)
    expect(await shown()).toContain('a.ndjson: no recording')
  })

  it('is one at a time', async () => {
    const { press } = openApp({ host: { openRecording: null } })
    expect(await press('O')).toContain('one recording at a time: q goes back')
  })

  it('leaves the screen as it was, with what came meanwhile', async () => {
    const { app, tty, feed, shown, press } = openApp()
    feed(chat)
    await press('1')
    app.stop()
    feed(more('meanwhile', 2000))
    tty.resize(120, 24)
    app.start()
    expect(await shown()).toContain('[1 Connections')
    expect(await press('2')).toContain('meanwhile')
  })
})

/** The screen in a real terminal. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { hasTmux, openTmux } from '../support/tmux.ts'

const bin = new URL('../../bin/wsinspect.js', import.meta.url).pathname
const wsinspect = `${process.execPath} ${bin}`

// Outside of CI a machine may lack tmux; then that is said, by the name of what is skipped. CI installs it.
const where = hasTmux || process.env.CI !== undefined ? describe : describe.skip
const title = hasTmux ? 'the screen in tmux' : 'the screen (tmux is not installed: skipped)'

where(title, { timeout: 60_000 }, () => {
  it('shows the tour, filters it, opens a detail, takes a resize, and gives the terminal back', async () => {
    const tmux = await openTmux()
    await tmux.type(
      `stty -g > /dev/null; before=$(stty -g); ${wsinspect} proxy --demo --port 0; echo "exit $?"\n`,
    )
    // Rows that still come would take the cursor of a key pressed too soon.
    await tmux.shows('FOLLOW', 'wsinspect', 'connect a client of your own')
    expect(await tmux.state('alternate_on')).toBe('1')
    await tmux.type('/')
    await tmux.type('op:text chop>1')
    await tmux.shows(/✓ [1-9]\d* rows/)
    await tmux.keys('Enter')
    await tmux.type('k')
    await tmux.keys('Enter')
    await tmux.shows('PAUSED', 'Frame')
    await tmux.type('x')
    await tmux.shows('[hex]', '╎')
    await tmux.resize(120, 40)
    await tmux.shows('[hex]', /\n.*decoded/)
    await tmux.resize(39, 7)
    await tmux.shows('needs 40x8')
    await tmux.resize(80, 24)
    await tmux.shows('[hex]')
    await tmux.type('Q')
    await tmux.shows('exit 0')
    await tmux.type('[ "$before" = "$(stty -g)" ] && echo "tty as be""fore"\n')
    await tmux.shows('tty as before')
    expect(await tmux.state('alternate_on')).toBe('0')
    expect(await tmux.state('cursor_flag')).toBe('1')
  })

  it('sleeps and wakes with the job, and leaves on SIGTERM and on a crash', async () => {
    const tmux = await openTmux()
    await tmux.type('bash --norc\n')
    await tmux.type(`${wsinspect} proxy --port 0\n`)
    await tmux.shows('connect to ws://')
    await tmux.keys('C-z')
    await tmux.shows('Stopped')
    expect(await tmux.state('alternate_on')).toBe('0')
    await tmux.type('fg\n')
    await tmux.shows('connect to ws://', 'FOLLOW')
    expect(await tmux.state('alternate_on')).toBe('1')
    await tmux.keys('C-z')
    await tmux.shows('Stopped')
    await tmux.type('kill %1; fg\n')
    await tmux.type('echo "exit $?"\n')
    await tmux.shows('exit 0')
    expect(await tmux.state('alternate_on')).toBe('0')
  })

  it('ends by the signal when its terminal hangs up, with its recording whole', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'wsinspect-'))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    const tmux = await openTmux()
    const script = `process.on('SIGHUP', () => {})
      const [command, ...args] = process.argv.slice(2)
      const { status, signal } = require('node:child_process').spawnSync(command, args, { stdio: 'inherit' })
      require('node:fs').writeFileSync('end', String(signal ?? status))`
    await writeFile(join(folder, 'run.cjs'), script)
    await tmux.type(
      `cd ${folder}; ${process.execPath} run.cjs ${wsinspect} proxy --demo --port 0 -w hung.ndjson\n`,
    )
    await tmux.shows('connect a client of your own')
    await tmux.hangUp()
    await vi.waitFor(async () => {
      expect(await readFile(join(folder, 'end'), 'utf8')).toBe('SIGHUP')
    }, 10_000)
    expect((await readFile(join(folder, 'hung.ndjson'), 'utf8')).trimEnd()).toMatch(/"type":"end".*\}$/)
  })

  it('records while it is switched on, and looks at the file again', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'wsinspect-'))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    const tmux = await openTmux({ width: 120, height: 40 })
    await tmux.type(`cd ${folder}; ${wsinspect} proxy --demo --port 0 -w tour.ndjson\n`)
    await tmux.shows('● REC', 'connect a client of your own')
    await tmux.type('P')
    await tmux.shows('not recorded', /recorded \d+ lines/)
    await tmux.type('Q')
    await tmux.shows(/recorded \d+ lines to tour.ndjson/)
    await tmux.type(`clear; ${wsinspect} view --follow tour.ndjson; echo "exit $?"\n`)
    await tmux.shows('tour.ndjson', 'FOLLOW', /END|VERDICT/)
    await tmux.type('q')
    await tmux.shows('exit 0')
    await tmux.type(`clear; ${wsinspect} view tour.ndjson tour.ndjson tour.ndjson; echo "exit $?"\n`)
    await tmux.shows('(1 of 3, q: the next)')
    await tmux.type('/op:ping\n')
    await tmux.shows(/ 1 row: op:ping/)
    await tmux.type('q')
    await tmux.shows('(2 of 3, q: the next)', / 1 row: op:ping/)
    await tmux.type('Q')
    await tmux.shows('exit 0')
    expect(await tmux.state('alternate_on')).toBe('0')
  })

  it('replays a connection, and shows a recording while the live session goes on', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'wsinspect-'))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    const tmux = await openTmux({ width: 120, height: 30 })
    await tmux.type(`cd ${folder}; ${wsinspect} proxy --demo --port 0 -w tour.ndjson; echo "exit $?"\n`)
    await tmux.shows('● REC', 'connect a client of your own')
    await tmux.type('P')
    await tmux.shows(/recorded \d+ lines/)
    await tmux.type('R')
    await tmux.shows('replay against ws://127.0.0.1:')
    await tmux.keys('Enter')
    await tmux.shows('Replay of #5', 'connection 5: no difference', '1 head is the same.')
    await tmux.keys('Enter')
    await tmux.type('O')
    await tmux.type('nothing.ndjson\n')
    await tmux.shows(/nothing.ndjson.*no such file/i)
    await tmux.type('O')
    await tmux.type('tour.ndjson\n')
    await tmux.shows('tour.ndjson, q: back to 127.0.0.1:')
    await tmux.type('1')
    await tmux.shows('1 of 5, newest first')
    await tmux.type('gR')
    await tmux.keys('C-u')
    await tmux.type('127.0.0.1:1\n')
    await tmux.shows('cannot connect to 127.0.0.1:1: connection refused')
    await tmux.keys('Enter')
    await tmux.type('2q')
    await tmux.shows('→ ws://127.0.0.1:', 'not recorded')
    await tmux.type('O')
    await tmux.type('tour.ndjson\n')
    await tmux.shows('tour.ndjson, q: back to 127.0.0.1:')
    await tmux.type('Q')
    await tmux.shows('exit 0')
    expect(await tmux.state('alternate_on')).toBe('0')
  })

  it('is not opened where there is no terminal for it', async () => {
    const tmux = await openTmux({ width: 120, height: 40 })
    await tmux.type(`TERM=dumb ${wsinspect} proxy --demo --port 0\n`)
    await tmux.shows('VERDICT', 'connect a client of your own')
    expect(await tmux.state('alternate_on')).toBe('0')
    await tmux.keys('C-c')
    await tmux.type(`clear; TERM=dumb ${wsinspect} view nothing.ndjson\n`)
    await tmux.shows('view needs a terminal')
  })
})

/** The screen on the process's terminal: opened, put to sleep, and given back whatever happens. */
import { App } from '../tui/app.ts'
import { choicesOf, type Choices } from '../tui/choices.ts'
import type { Host } from '../tui/host.ts'
import { Terminal } from '../tui/terminal.ts'
import { themes, type ThemeName } from '../tui/theme.ts'
import type { Session } from '../wire/session.ts'
import type { ReadingOptions } from './screen-recording.ts'
import { divertMessages, onTerminalGone, say, usesColor, type ColorChoice } from './terminal.ts'

/** Options of every command that may open the screen. */
export interface ScreenOptions extends ReadingOptions {
  ascii?: boolean
  theme: ThemeName
  color: ColorChoice
  filter?: string
}

/** Messages that are repeated once the screen is gone. */
const repeated = 20

export interface OpenScreen {
  /** Resolves when the user has left it, or all that would follow too. */
  readonly left: Promise<'left' | 'quit'>
  /** What is chosen on it by now. */
  choices(): Choices
  /** Gives the terminal back, and says what was said meanwhile. */
  close(): void
}

/** Opens the screen on the rows of `session`; and on recordings beside it, as the user likes. */
export function openScreen(
  session: Session,
  host: Host,
  options: ScreenOptions,
  choices: Partial<Choices> = { filter: options.filter ?? '' },
): OpenScreen {
  const terminal = new Terminal(process.stdin, process.stdout)
  let end: (how: 'left' | 'quit') => void = () => undefined
  const left = new Promise<'left' | 'quit'>(resolve => (end = resolve))
  const quitAll = () => {
    end('quit')
  }
  const makeApp = (of: Session, on: Host, chosen: Partial<Choices>, quit: () => void) => {
    const app = new App(terminal, on, {
      look: { theme: themeOf(options), ascii: options.ascii ?? !hasUtf8() },
      choices: chosen,
      clock,
      quit,
      quitAll,
      suspend: () => {
        suspend(terminal, app)
      },
    })
    app.attachTo(of)
    return app
  }
  let endBeside: () => void = () => undefined
  /** A recording is shown instead, until the user leaves it. */
  const openRecording = async (file: string) => {
    const { hostOf, openForScreen } = await import('./screen-recording.ts')
    const recording = await openForScreen(file, { ...options, follow: false })
    if (shown !== app) {
      recording.end()
      return
    }
    const beside = makeApp(
      recording.session,
      hostOf(recording, `${file}, q: back to ${host.title}`),
      // What is filtered here need not be there.
      { ...choicesOf(app.model), filter: '', filtersBefore: [] },
      () => {
        endBeside()
        show(app)
      },
    )
    endBeside = () => {
      recording.end()
      beside.model.replay?.stop()
    }
    show(beside)
  }
  const show = (other: App) => {
    shown.stop()
    shown = other
    shown.start()
  }
  const app = makeApp(session, { ...host, openRecording }, choices, () => {
    end('left')
  })
  let shown = app
  const said: string[] = []
  divertMessages(message => {
    said.push(message)
    if (said.length > repeated) said.shift()
    app.tell(message)
    if (shown !== app) shown.tell(message)
  })
  const leave = () => {
    terminal.leave()
  }
  // The terminal is given back before a crash prints its stack, and whoever ends the process.
  process.on('uncaughtExceptionMonitor', leave)
  process.on('exit', leave)
  onTerminalGone(quitAll)
  app.start()
  return {
    left,
    choices: () => choicesOf(app.model),
    close() {
      shown.stop()
      // What goes on would keep the process.
      app.model.replay?.stop()
      endBeside()
      terminal.leave()
      divertMessages(null)
      process.off('uncaughtExceptionMonitor', leave)
      process.off('exit', leave)
      for (const message of said) say(message)
    },
  }
}

const clock = {
  now: () => performance.now(),
  after(ms: number, call: () => void) {
    const timer = setTimeout(call, ms)
    return () => {
      clearTimeout(timer)
    }
  },
}

function themeOf({ theme, color }: ScreenOptions) {
  if (!usesColor(color)) return themes.mono
  return themes[theme]
}

/** Whether the locale says that the terminal takes UTF-8. The console of Linux has few characters beyond ASCII. */
function hasUtf8(): boolean {
  const { LC_ALL, LC_CTYPE, LANG, TERM } = process.env
  const locale = LC_ALL || LC_CTYPE || LANG || ''
  return TERM !== 'linux' && /utf-?8/i.test(locale)
}

/** Time, in ms, after which a process that goes on was not stopped. */
const stopTime = 300

/**
 * Stops the process and all that were started with it, as Ctrl-Z does where the terminal sees to it. Where nobody could wake
 * it again, the system does not let it stop: then it goes on.
 */
function suspend(terminal: Terminal, app: App): void {
  terminal.leave()
  const wake = () => {
    clearTimeout(timer)
    process.off('SIGCONT', wake)
    terminal.enter()
    app.redraw()
  }
  const timer = setTimeout(wake, stopTime)
  process.on('SIGCONT', wake)
  process.kill(0, 'SIGTSTP')
}

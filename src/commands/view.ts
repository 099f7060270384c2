/** `wsinspect view FILE…`: the screen on recordings, one after the other. */
import { ExitCode, UserError } from '../errors.ts'
import type { Choices } from '../tui/choices.ts'
import { filterOf, recordedClock } from './filter.ts'
import { openScreen, type ScreenOptions } from './screen.ts'
import { hostOf, openForScreen } from './screen-recording.ts'
import { untilStopped, wantsScreen } from './terminal.ts'

export type ViewCommandOptions = ScreenOptions

/** Shows each file until the user leaves it; the next is shown as that one was. */
export async function view(files: readonly string[], options: ViewCommandOptions): Promise<void> {
  if (!wantsScreen({ tui: true })) {
    const instead = `wsinspect log ${files.join(' ')}`
    throw new UserError(
      ExitCode.usage,
      `view needs a terminal for input and output (${instead} prints the rows)`,
    )
  }
  if (files.includes('-')) throw new UserError(ExitCode.usage, 'view reads files: stdin is for the keys')
  // Refused before anything is read.
  await filterOf(options.filter, recordedClock().clock)
  const stopped = untilStopped().then(() => 'stopped' as const)
  let choices: Partial<Choices> = { filter: options.filter ?? '' }
  for (const [i, file] of files.entries()) {
    const next = i + 1 < files.length ? ', q: the next' : ''
    const title = files.length === 1 ? file : `${file} (${i + 1} of ${files.length}${next})`
    const viewed = await viewOne(file, title, stopped, options, choices)
    if (viewed.reason !== 'left') break
    choices = viewed.choices
  }
}

/** The screen opens once the file is known to be a recording. */
async function viewOne(
  file: string,
  title: string,
  stopped: Promise<'stopped'>,
  options: ViewCommandOptions,
  choices: Partial<Choices>,
): Promise<{ reason: 'left' | 'quit' | 'stopped'; choices: Choices }> {
  const recording = await openForScreen(file, options)
  const screen = openScreen(recording.session, hostOf(recording, title), options, choices)
  const reason = await Promise.race([stopped, screen.left])
  screen.close()
  recording.end()
  return { reason, choices: screen.choices() }
}

/** `wsinspect merge A B… -o OUT`: one recording of several. */
import { ExitCode, UserError } from '../errors.ts'
import { openMerger } from '../recording/merge.ts'
import { progressOf, readingWith } from './progress.ts'
import { beginRewriting, type RewriteOptions } from './rewriting.ts'

/** Writes the facts of all `files` in the order of their times. */
export async function merge(files: readonly string[], options: RewriteOptions): Promise<void> {
  if (files.filter(file => file === '-').length > 1)
    throw new UserError(ExitCode.usage, 'stdin can be one of them (give files for the others)')
  const progress = progressOf('merging')
  const merger = await openMerger(files, readingWith(progress))
  const rewriting = await beginRewriting(files, options, merger.header)
  await merger.give(rewriting.recorder, {
    afterFact: () => rewriting.pace(),
    onOpenEnd: () => {
      rewriting.recorder.leaveOpen()
    },
  })
  progress.clear()
  rewriting.done()
}

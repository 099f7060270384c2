/** `wsinspect anonymize FILE -o OUT`: a recording that may be shown to others. */
import { randomBytes } from 'node:crypto'
import { anonymize as anonymized } from '../recording/anonymize.ts'
import { readHeader, readRecording } from '../recording/read.ts'
import { storeFile } from '../recording/stored-file.ts'
import { readingWith } from './progress.ts'
import { beginRewriting, type RewriteOptions } from './rewriting.ts'

export interface AnonymizeOptions extends RewriteOptions {
  seed?: string
}

/** Writes the recording with other octets in place of what was said. */
export async function anonymize(source: string, options: AnonymizeOptions): Promise<void> {
  const file = await storeFile(source)
  try {
    const header = await readHeader(file)
    const rewriting = await beginRewriting([source], options, { ...header, redacted: true })
    const secret = options.seed === undefined ? randomBytes(32) : Buffer.from(options.seed)
    await readRecording(file, anonymized(rewriting.recorder, secret), {
      ...readingWith(rewriting.progress),
      afterFact: () => rewriting.pace(),
      onOpenEnd: () => {
        rewriting.recorder.leaveOpen()
      },
    })
    rewriting.done()
  } finally {
    await file.close()
  }
}

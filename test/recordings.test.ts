import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { readRecording } from '../src/recording/read.ts'
import { cells, defaultPreview, formatLine } from '../src/wire/format.ts'
import { Session } from '../src/wire/session.ts'

const folder = new URL('../recordings/', import.meta.url)

describe('recordings', () => {
  it.each(readdirSync(folder).filter(name => name.endsWith('.ndjson')))(
    '%s still says the same',
    async name => {
      const session = new Session()
      const notes: string[] = []
      await readRecording(new URL(name, folder).pathname, session, { onNote: note => notes.push(note) })
      const { log } = session
      const lines = []
      for (let row = log.first; row < log.next; row++) {
        const entry = log.entry(row)
        const isHidden = entry.type === 'octets' || entry.type === 'redacted'
        if (!isHidden) lines.push(`${formatLine(cells(entry, log, defaultPreview), false)}\n`)
      }
      expect(notes).toEqual([])
      await expect(lines.join('')).toMatchFileSnapshot(
        new URL(name.replace('.ndjson', '.log'), folder).pathname,
      )
    },
  )
})

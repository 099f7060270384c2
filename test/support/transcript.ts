/** Transcripts: Markdown documents in which every `wire` block is followed by the log it makes. */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'

export interface Transcript {
  file: string
  title: string
  wire: string
  /** The expected lines. */
  log: readonly string[]
  /** True for a block marked `log octets`: it shows the chops too. */
  octets: boolean
}

const folder = new URL('../transcripts/', import.meta.url)
const section = /^## (.+)\n\n(?:.+\n)+\n```wire\n([\s\S]*?)```\n\n```log( octets)?\n([\s\S]*?)```/gm

/** All transcripts; a section without its two blocks is an error. */
export function readTranscripts(): Transcript[] {
  return readdirSync(folder)
    .filter(file => file.endsWith('.md') && file !== 'README.md')
    .flatMap(file => readDocument(file, readFileSync(new URL(file, folder), 'utf8')))
}

function readDocument(file: string, text: string): Transcript[] {
  const found = [...text.matchAll(section)].map(([, title = '', wire = '', octets, log = '']) => ({
    file,
    title,
    wire,
    log: log.split('\n').slice(0, -1),
    octets: octets !== undefined,
  }))
  const headings = text.split('\n').filter(line => line.startsWith('## '))
  if (found.length !== headings.length) {
    const broken = headings.find(line => !found.some(({ title }) => line === `## ${title}`))
    throw new Error(`${file}: "${broken ?? ''}" needs a sentence, a wire block and a log block`)
  }
  return found
}

/** Replaces the log of a transcript. Used to write a new one, which is then read critically. */
export function writeLog({ file, title }: Transcript, lines: readonly string[]): void {
  const url = new URL(file, folder)
  const text = readFileSync(url, 'utf8')
  const at = text.indexOf('```log', text.indexOf(`## ${title}\n`))
  const from = text.indexOf('\n', at) + 1
  const to = text.indexOf('```', from)
  writeFileSync(url, text.slice(0, from) + lines.map(line => `${line}\n`).join('') + text.slice(to))
}

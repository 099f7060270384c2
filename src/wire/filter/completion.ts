/** What may follow while a filter is typed: the fields, and what the value of a field may be. */
import { fields } from './fields.ts'

export interface Completion {
  /** Where in the text the word begins that is being typed. */
  start: number
  /** What it may become, none where it may be anything. */
  words: readonly string[]
}

/** Values that a field had in what was seen. */
export type Seen = (field: string) => readonly string[]

/** A field, its operator and what is listed before the word: `op:text|`. */
const beforeValue = /(?:^|[\s(|!-])([a-z][a-z0-9]*)(?:[:=]|!=|[<>]=?)(?:[^\s|()":=!<>]*\|)*$/

/** What a word is not made of. */
const marks = ' \t\r\n|()":=!<>'

/** What may become of the end of `text`, which is a filter up to where one types. Values that would need quotes are left out. */
export function completionOf(text: string, seen: Seen = () => []): Completion {
  let start = text.length
  while (start > 0 && !marks.includes(text.charAt(start - 1))) start--
  if (isQuoted(text)) return { start, words: [] }
  const before = text.slice(0, start)
  const word = text.slice(start)
  const name = beforeValue.exec(before)?.[1] ?? ''
  const field = Object.hasOwn(fields, name) ? fields[name] : undefined
  const values = field === undefined ? [] : [...field.words, ...seen(name).filter(isWord)]
  const words = beginning(values, word)
  // Behind a `|` stands one more value, or another condition.
  if (/(^|[\s(|!])$/.test(before)) words.push(...names(word))
  return { start: text.length - word.replace(/^-+/, '').length, words }
}

/** What completing adds to `text`: as much as all words have in common. */
export function completedBy({ start, words }: Completion, text: string): string {
  const [first = ''] = words
  let end = first.length
  for (const word of words) while (!word.startsWith(first.slice(0, end))) end--
  return first.slice(text.length - start, end)
}

/** Fields that begin so, behind any number of negations. */
function names(start: string): string[] {
  return beginning(
    Object.keys(fields).map(name => `${name}:`),
    start.replace(/^-+/, ''),
  )
}

function isQuoted(text: string): boolean {
  return text.split('"').length % 2 === 0
}

/** A value may stand as it is. */
function isWord(text: string): boolean {
  return text !== '' && !Array.from(text).some(char => marks.includes(char))
}

function beginning(words: readonly string[], start: string): string[] {
  return words.filter(word => word.startsWith(start))
}

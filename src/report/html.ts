/** HTML as a tagged template: whatever is put into it is escaped, unless it is HTML already. */
import { escapeForHtml } from '../wire/escape.ts'

export class Html {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** What a template takes: a list is its parts one after the other, null is nothing. */
export type Part = Html | string | number | null | readonly Part[]

/** The name is not `html`: templates of that name are formatted as documents, and spaces matter here. */
export function markup(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  let text = strings[0] ?? ''
  for (const [i, part] of parts.entries()) text += textOf(part) + (strings[i + 1] ?? '')
  return new Html(text)
}

function textOf(part: Part): string {
  if (part === null) return ''
  if (part instanceof Html) return part.text
  if (typeof part === 'object') return part.map(textOf).join('')
  return typeof part === 'number' ? String(part) : escapeForHtml(part)
}

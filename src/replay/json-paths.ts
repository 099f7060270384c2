/** Paths to values inside JSON that are not compared: `$.id`, `id`, `a.b[0].c`, `items[*].ts`, `**.time`. */

/** `name`: a member or, as a number, an item; `any`: one step of any name; `deep`: any number of steps, none as well. */
export type PathStep = { type: 'name'; name: string } | { type: 'any' } | { type: 'deep' }

export type JsonPath = readonly PathStep[]

/** What a path may be made of, for help and errors. */
export const pathGrammar = '$.id, a.b[0].c, items[*].ts, **.time or a["odd name"]'

const part = /\.?(?:(\*\*)|(\*)|([^\s.[\]"*]+)|\[(\d+|\*)\]|\[("(?:[^"\\]|\\.)*")\])/y

/** The steps of a path; null where it is none. The value as a whole has no path. */
export function parsePath(text: string): JsonPath | null {
  const steps: PathStep[] = []
  part.lastIndex = text === '$' || /^\$[.[]/.test(text) ? 1 : 0
  if (part.lastIndex === 0 && text.startsWith('.')) return null
  while (part.lastIndex < text.length) {
    const [all, deep, star, name, index, quoted] = part.exec(text) ?? []
    if (all === undefined) return null
    const isApart = all.startsWith('.') || all.startsWith('[') || steps.length === 0
    if (!isApart || (all.startsWith('.[') && steps.length > 0)) return null
    if (deep !== undefined) steps.push({ type: 'deep' })
    else if (star !== undefined || index === '*') steps.push({ type: 'any' })
    else steps.push({ type: 'name', name: name ?? index ?? nameOf(quoted) })
  }
  return steps.length === 0 || steps.at(-1)?.type === 'deep' ? null : steps
}

function nameOf(quoted = '""'): string {
  try {
    return JSON.parse(quoted) as string
  } catch {
    return quoted.slice(1, -1)
  }
}

/** Paths on their way down a value: which of them still fit, and how far each has come. */
export class PathSet {
  /** What remains of each. */
  readonly #rests: readonly JsonPath[]

  constructor(paths: readonly JsonPath[]) {
    this.#rests = paths
  }

  /** True when no path leads further down. */
  get isEmpty(): boolean {
    return this.#rests.length === 0
  }

  /** What fits below the member or item `name`; null where a path ends there. */
  below(name: string): PathSet | null {
    if (this.isEmpty) return this
    const rests: JsonPath[] = []
    const queue = [...this.#rests]
    for (let rest = queue.pop(); rest !== undefined; rest = queue.pop()) {
      const [step, ...then] = rest
      if (step === undefined) continue
      if (step.type === 'deep') {
        rests.push(rest)
        queue.push(then)
      } else if (step.type === 'any' || step.name === name) {
        if (then.length === 0) return null
        rests.push(then)
      }
    }
    return new PathSet(rests)
  }
}

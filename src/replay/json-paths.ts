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
    for (const path of this.#rests) if (endsAt(path, name, rests)) return null
    return rests.length === 0 ? noPaths : new PathSet(rests)
  }
}

/** Nothing is ignored. */
export const noPaths = new PathSet([])

/** True where `path` ends at `name`; else what remains of it below is added to `rests`. */
function endsAt(path: JsonPath, name: string, rests: JsonPath[]): boolean {
  const [step] = path
  if (step === undefined) return false
  if (step.type === 'deep') {
    rests.push(path)
    return endsAt(path.slice(1), name, rests)
  }
  if (step.type === 'name' && step.name !== name) return false
  if (path.length > 1) rests.push(path.slice(1))
  return path.length === 1
}

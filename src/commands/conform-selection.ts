/** Which cases, against whom: what the options and a spec file of Autobahn's say together. */
import { ExitCode, UserError } from '../errors.ts'
import type { ConformCase } from '../conformance/case.ts'
import type { Side } from '../protocol/side.ts'
import { casesFor, groupOf, groupTitles, selectCases } from '../conformance/catalogue.ts'
import { parseSpec, type Spec } from '../conformance/spec.ts'
import { readText } from '../recording/text-file.ts'
import { idCell } from './conform-output.ts'
import { say } from './terminal.ts'

export interface SelectionOptions {
  /** Patterns. */
  cases?: readonly string[]
  exclude?: readonly string[]
  spec?: string
  list?: boolean
  extended?: boolean
}

export interface Selection {
  cases: readonly ConformCase[]
  spec: Spec | null
}

/**
 * Reads the spec and picks from the cases for the fuzzer's role; an option goes before what the spec says. Rejects with a
 * `UserError`.
 */
export async function selectionOf(options: SelectionOptions, role: Side): Promise<Selection> {
  const spec = options.spec === undefined ? null : await readSpec(options.spec)
  const include = options.cases ?? spec?.cases ?? ['*']
  const exclude = [...(options.exclude ?? []), ...(spec?.exclude ?? [])]
  const from = casesFor(role, options.extended ?? false)
  const { cases, unknown } = selectCases(include, exclude, from)
  if (unknown.length > 0)
    throw new UserError(
      ExitCode.usage,
      `no case is called ${unknown.join(', ')} (${hintFor(unknown, options)})`,
    )
  if (cases.length === 0)
    throw new UserError(ExitCode.usage, 'no case is left to run (see --cases, --exclude)')
  return { cases, spec }
}

function hintFor(unknown: readonly string[], { extended = false }: SelectionOptions): string {
  return !extended && unknown.some(id => id.startsWith('ws.')) ? 'those need --extended' : 'see --list'
}

async function readSpec(path: string): Promise<Spec> {
  const spec = parseSpec(await readText(path))
  if ('fault' in spec) throw new UserError(ExitCode.input, `${path} is no spec: ${spec.fault}`)
  if (spec.ignored.length > 0) say(`${path}: ${spec.ignored.join(', ')} have no effect here`)
  return spec
}

/** Where the report goes: an option goes before what the spec says. */
export function outputOf<Options extends { output?: string }>(
  options: Options,
  { spec }: Selection,
): Options {
  const output = options.output ?? spec?.outdir ?? undefined
  return output === undefined ? options : { ...options, output }
}

/** The list of cases, for `--list`. */
export function caseList(cases: readonly ConformCase[], json: boolean): string {
  let group = ''
  const lines = cases.flatMap(({ id, description, expectation }) => {
    if (json) return [JSON.stringify({ type: 'case-info', id, description, expectation })]
    const isFirst = groupOf(id) !== group
    group = groupOf(id)
    const head = isFirst ? [`${group} ${groupTitles[group] ?? ''}`] : []
    return [...head, `  ${idCell(id)} ${description}`]
  })
  return `${lines.join('\n')}\n`
}

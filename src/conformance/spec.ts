/** Autobahn's own spec files: `fuzzingclient.json` and `fuzzingserver.json`. */
import { jsonObject } from './baseline.ts'
import { startsLike } from './catalogue.ts'

/** A server to be tested. */
export interface SpecServer {
  url: string
  agent: string | null
  origin: string | null
  protocols: readonly string[]
}

export interface Spec {
  servers: readonly SpecServer[]
  outdir: string | null
  cases: readonly string[]
  exclude: readonly string[]
  /** Patterns of cases by patterns of agents. */
  excludeByAgent: readonly (readonly [string, readonly string[]])[]
  /** Keys that have no effect here. */
  ignored: readonly string[]
}

/** Keys that mean something here. */
const knownKeys = ['servers', 'outdir', 'cases', 'exclude-cases', 'exclude-agent-cases']

const knownServerKeys = ['url', 'agent', 'origin', 'protocols']

/** Reads a spec, or says what is wrong with it. */
export function parseSpec(text: string): Spec | { fault: string } {
  const data = jsonObject(text)
  if (data === null) return { fault: 'it is no JSON object' }
  const { servers = [], outdir = null } = data
  if (!Array.isArray(servers)) return { fault: '"servers" is no list' }
  const read = servers.map(serverOf)
  const index = read.indexOf(null)
  if (index >= 0) return { fault: `server ${index + 1} has no "url", or a key of the wrong type` }
  const byAgent = excludesOf(data['exclude-agent-cases'] ?? {})
  const [cases, exclude] = [data.cases ?? ['*'], data['exclude-cases'] ?? []]
  if (!isTexts(cases)) return { fault: '"cases" is no list of patterns' }
  if (!isTexts(exclude)) return { fault: '"exclude-cases" is no list of patterns' }
  if (byAgent === null) return { fault: '"exclude-agent-cases" has no lists of patterns by agents' }
  if (!isTextOrNull(outdir)) return { fault: '"outdir" is no text' }
  const ignored = [
    ...Object.keys(data).filter(key => !knownKeys.includes(key)),
    ...servers.flatMap(server =>
      Object.keys(server as object)
        .filter(key => !knownServerKeys.includes(key))
        .map(key => `servers.${key}`),
    ),
  ]
  return {
    servers: read.filter(server => server !== null),
    outdir,
    cases,
    exclude,
    excludeByAgent: byAgent,
    ignored: [...new Set(ignored)],
  }
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every(item => typeof item === 'string')
}

function isTextOrNull(value: unknown): value is string | null {
  return value === null || typeof value === 'string'
}

function serverOf(value: unknown): SpecServer | null {
  if (typeof value !== 'object' || value === null) return null
  const { url, agent = null, origin = null, protocols = [] } = value as Record<string, unknown>
  if (typeof url !== 'string' || !isTextOrNull(agent) || !isTextOrNull(origin) || !isTexts(protocols))
    return null
  return { url, agent, origin, protocols }
}

function excludesOf(value: unknown): readonly (readonly [string, readonly string[]])[] | null {
  if (typeof value !== 'object' || value === null) return null
  const entries: (readonly [string, readonly string[]])[] = []
  for (const [agent, patterns] of Object.entries(value)) {
    if (!isTexts(patterns)) return null
    entries.push([agent, patterns])
  }
  return entries
}

/** Whether a case is left out for an agent. Here patterns are of whole names. */
export function isExcluded(byAgent: Spec['excludeByAgent'], agent: string, id: string): boolean {
  return byAgent.some(
    ([pattern, patterns]) =>
      startsLike(agent, pattern, true) && patterns.some(of => startsLike(id, of, true)),
  )
}

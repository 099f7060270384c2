/** The control endpoints of Autobahn's fuzzing server: what a request is for, by its path and query. */
import type { ConformCase } from './case.ts'

export type Control =
  | { do: 'count' }
  | { do: 'info'; of: ConformCase }
  /** `agent` null: the client did not say. */
  | { do: 'run'; of: ConformCase; agent: string | null }
  | { do: 'status'; of: ConformCase; agent: string }
  /** `stop`: the server is to end afterwards. */
  | { do: 'update'; stop: boolean }
  | { do: 'stop' }
  | { do: 'refuse'; status: number; reason: string }

function refuse(reason: string, status = 500): Control {
  return { do: 'refuse', status, reason }
}

/** Reads the target of an upgrade request; `cases` are those that are served. */
export function controlOf(target: string, cases: readonly ConformCase[]): Control {
  const query = target.indexOf('?')
  const path = query < 0 ? target : target.slice(0, query)
  const parameters = new URLSearchParams(query < 0 ? '' : target.slice(query + 1))
  const names = [...parameters.keys()]
  if (new Set(names).size < names.length) return refuse('A parameter is given twice')
  const agent = parameters.get('agent')
  switch (path) {
    case '/getCaseCount':
      return { do: 'count' }
    case '/updateReports':
      return { do: 'update', stop: ['true', 'yes'].includes(parameters.get('shutdownOnComplete') ?? '') }
    case '/stopServer':
      return { do: 'stop' }
    case '/runCase':
    case '/getCaseInfo':
    case '/getCaseStatus': {
      const of = caseOf(parameters, cases)
      if (of === null) return refuse('No such case: give case=N or casetuple=ID')
      if (path === '/runCase') return { do: 'run', of, agent }
      if (path === '/getCaseInfo') return { do: 'info', of }
      return agent === null ? refuse('Give agent=NAME') : { do: 'status', of, agent }
    }
    default:
      return refuse('Not Found: use /getCaseCount, /runCase, /updateReports', 404)
  }
}

/** The case at a position of those served, from 1, or of an id. */
function caseOf(parameters: URLSearchParams, cases: readonly ConformCase[]): ConformCase | null {
  const position = parameters.get('case')
  if (position === null) return cases.find(({ id }) => id === parameters.get('casetuple')) ?? null
  return cases.find((_, i) => String(i + 1) === position) ?? null
}

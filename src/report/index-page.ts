/** The index of a report: a matrix of cases and agents, each cell a link to its page; of recordings a list of connections. */
import type { Behavior, BehaviorClose } from '../conformance/case-report.ts'
import { connectionTable, type ConnectionRow } from './connection-index.ts'
import { duration, grouped } from './figures.ts'
import { markup, type Html } from './html.ts'
import { indexScript } from './index-script.ts'
import { documentOf } from './shell.ts'
import { style } from './style.ts'
import { badge, behaviorLook, closeLook } from './verdict-words.ts'

/** What the index says of one case. */
export interface IndexCase {
  agent: string
  id: string
  /** What the case belongs to, such as `1 Framing`; null without. */
  group: string | null
  /** What it is about, in a line. */
  about: string
  behavior: Behavior
  behaviorClose: BehaviorClose
  remoteCloseCode: number | null
  /** Milliseconds. */
  duration: number
  /** The file name of its page. */
  page: string
}

export interface IndexPage {
  title: string
  /** What was reported, in a sentence. */
  about: string
  cases: readonly IndexCase[]
  /** Those of recordings, rather than cases; null for a report of cases. */
  connections: readonly ConnectionRow[] | null
  /** What is not in it, each in a sentence. */
  notes: readonly string[]
}

const behaviors: readonly Behavior[] = ['OK', 'NON-STRICT', 'INFORMATIONAL', 'UNIMPLEMENTED', 'FAILED']

/** A row of the matrix: one case of all agents. */
interface Line {
  id: string
  group: string | null
  about: string
  byAgent: Map<string, IndexCase>
}

export function indexPage(page: IndexPage): string {
  const { title, about, cases, connections, notes } = page
  const agents = [...new Set(cases.map(({ agent }) => agent))].sort()
  const present = behaviors.filter(behavior => (connections ?? cases).some(one => one.behavior === behavior))
  const body = markup`<header class="top"><h1>${title}</h1><p class="lead">${about}</p>
<div class="tally">${connections === null ? agents.map(agent => tally(agent, ofAgent(cases, agent), present)) : tally('all', connections, present)}</div>
${notes.map(note => markup`<p class="note">${note}</p>`)}</header>
<main>
<section><h2>${connections === null ? 'Cases' : 'Connections'}</h2>
<div class="bar"><input type="search" id="find" placeholder="filter: words of a row" aria-label="filter the rows" autocomplete="off" spellcheck="false">${present.map(verdictButton)}<output id="count" aria-live="polite"></output></div>
<div class="table">${connections === null ? matrix(cases, agents) : connectionTable(connections)}</div>
<p class="hint keys"><kbd>/</kbd> filter <kbd>j</kbd> <kbd>k</kbd> move <kbd>Enter</kbd> open</p></section>
</main>
<footer>Drawn by wsinspect. The same results for machines: <a href="index.json">index.json</a>, <a href="junit.xml">junit.xml</a>.</footer>`
  return documentOf({ title, style, script: indexScript, data: null, body })
}

function matrix(cases: readonly IndexCase[], agents: readonly string[]): Html {
  return markup`<table class="matrix wide"><thead><tr><th>case</th>${agents.map(agent => markup`<th>${agent}</th>`)}<th>about</th></tr></thead>
<tbody>${rows(linesOf(cases), agents)}</tbody></table>`
}

function ofAgent(cases: readonly IndexCase[], wanted: string): readonly IndexCase[] {
  return cases.filter(({ agent }) => agent === wanted)
}

function tally(name: string, cases: readonly { behavior: Behavior }[], present: readonly Behavior[]): Html {
  const counts = present.map(behavior => {
    const count = cases.filter(one => one.behavior === behavior).length
    return count === 0 ? null : markup`${badge(behaviorLook(behavior), ` ${grouped(count)}`)} `
  })
  return markup`<div><b>${name}</b><span>${counts}</span></div>`
}

function verdictButton(behavior: Behavior): Html {
  const { sign, words, tone } = behaviorLook(behavior)
  return markup`<button type="button" data-tone="${tone}" aria-pressed="false"><b aria-hidden="true">${sign}</b> ${words}</button>`
}

/** In the order in which the cases came. */
function linesOf(cases: readonly IndexCase[]): Line[] {
  const lines = new Map<string, Line>()
  for (const one of cases) {
    const { agent, id, group, about } = one
    const line = lines.get(id) ?? { id, group, about, byAgent: new Map() }
    line.byAgent.set(agent, one)
    lines.set(id, line)
  }
  return [...lines.values()]
}

function rows(lines: readonly Line[], agents: readonly string[]): Html[] {
  return lines.map((line, i) => {
    const { id, group, about, byAgent } = line
    const isFirst = group !== null && lines[i - 1]?.group !== group
    const head = isFirst
      ? markup`<tr class="group" data-group="${group}"><th colspan="${agents.length + 2}">${group}</th></tr>`
      : null
    return markup`${head}<tr class="case" data-group="${group ?? ''}"><th scope="row">${id}</th>${agents.map(agent => cell(byAgent.get(agent), agents.length > 1 ? agent : null))}<td class="what">${about}</td></tr>
`
  })
}

/** `label` names the agent where there is no room for the head of the column. */
function cell(one: IndexCase | undefined, label: string | null): Html {
  const named = label === null ? null : markup` data-label="${label}"`
  if (one === undefined) return markup`<td class="verdict quiet"${named}>missing</td>`
  const close = closeLook(one.behaviorClose)
  const code = one.remoteCloseCode === null ? '' : ` ${one.remoteCloseCode}`
  return markup`<td class="verdict"${named}><a href="${one.page}">${badge(behaviorLook(one.behavior))}</a><small class="${close.tone}">${close.tone === 'good' ? '' : `${close.sign} `}${close.words}${code} after ${duration(one.duration)}</small></td>`
}

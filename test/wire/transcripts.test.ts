import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { rules } from '../../src/protocol/rules.ts'
import { Session } from '../../src/wire/session.ts'
import { Collector, push, rechop, roomFor } from '../support/facts.ts'
import { readTranscripts, writeLog } from '../support/transcript.ts'
import { parseScript, type ScriptedFact } from '../support/wire-script.ts'

const transcripts = readTranscripts()

/** The lines that come of facts that are not hidden. */
function lines(facts: readonly ScriptedFact[], octets: boolean): string[] {
  const session = new Session({ log: roomFor(facts) })
  const rows = new Collector(octets)
  const shown: string[] = []
  session.attach(rows)
  for (const fact of facts) {
    const first = rows.lines.length
    push(session, fact)
    if (fact.hidden) continue
    shown.push(...rows.lines.slice(first).map(line => line.trimEnd()))
  }
  return shown
}

/** Without the number of chops, the one thing that may depend on them. */
function chopless(log: readonly string[]): string[] {
  return log.map(line => line.replaceAll(/ chops=\d+/g, ''))
}

const files = [...new Set(transcripts.map(({ file }) => file))]

describe.each(files)('%s', name => {
  const sections = transcripts.filter(({ file }) => file === name)
  it.each(sections.map(transcript => [transcript.title, transcript] as const))('%s', (_, transcript) => {
    const facts = parseScript(transcript.wire)
    const log = lines(facts, transcript.octets)
    if (process.env.WRITE_TRANSCRIPTS !== undefined) writeLog(transcript, log)
    else expect(log).toEqual(transcript.log)
    const whole = chopless(lines(facts, false))
    expect(chopless(lines(rechop(facts, [1]), false))).toEqual(whole)
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }), sizes => {
        expect(chopless(lines(rechop(facts, sizes), false))).toEqual(whole)
      }),
      { numRuns: 3 },
    )
  })
})

describe('every rule', () => {
  it.each(Object.keys(rules))(
    '%s has a transcript that shows it and one of legal traffic that looks like it',
    id => {
      const shown = transcripts.find(({ title }) => title.startsWith(`${id}: `))
      const near = transcripts.find(({ title }) => title.startsWith(`Near ${id}: `))
      expect(shown?.log.join('\n')).toContain(` ${id} RFC `)
      expect(near?.log.join('\n')).not.toMatch(/ (ERROR|WARNING) /)
      expect(near?.log.join('\n')).not.toContain(` ${id} RFC `)
      expect(near?.log).not.toEqual([])
    },
  )
})

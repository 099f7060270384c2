import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { readRecording } from '../../src/recording/read.ts'
import { tee } from '../../src/wire/facts.ts'
import { keptFacts } from '../../src/wire/log-facts.ts'
import { Session } from '../../src/wire/session.ts'
import { FactList } from '../support/fact-list.ts'
import { opened, push, sent } from '../support/facts.ts'

const folder = new URL('../../recordings/', import.meta.url)

describe('facts from the log', () => {
  it.each(readdirSync(folder).filter(name => name.endsWith('.ndjson')))('are those of %s', async name => {
    const session = new Session()
    const recorded = new FactList()
    await readRecording(new URL(name, folder).pathname, tee([session, recorded]), { onNote: () => undefined })
    for (const conn of new Set(recorded.facts.map(fact => fact.conn))) {
      const told = new FactList()
      for (const tell of keptFacts(session.log, conn) ?? []) tell(told)
      expect(told.facts).toEqual(recorded.facts.filter(fact => fact.conn === conn))
    }
  })

  it('are none where the log has moved on, in rows or in octets', () => {
    const fill = (memory: number, rows: number, octets: number) => {
      const session = new Session({ log: { memory, rows } })
      for (const fact of opened()) push(session, fact)
      for (let i = 0; i < 100; i++) push(session, sent('server', new Uint8Array(octets)))
      return keptFacts(session.log, 1)
    }
    expect(fill(1 << 20, 1024, 2)).toHaveLength(103)
    expect(fill(1 << 20, 64, 2)).toBeNull()
    expect(fill(1 << 16, 1024, 2000)).toBeNull()
  })

  it('are none of a connection that never was', () => {
    expect(keptFacts(new Session().log, 7)).toBeNull()
  })
})

import { describe, expect, it } from 'vitest'
import { reasonOf } from '../../src/conformance/reasons.ts'
import { junitCase } from '../../src/report/case-junit.ts'
import { Report } from '../../src/report/report.ts'
import { drops, echo, failing, reportOn, silent, type React } from '../support/fuzzer-rig.ts'

const masks: React = (_frame, peer) => {
  peer.send({ opcode: 1, key: 5 }, 'x')
}
const few = (most: number): React => {
  let left = most
  return (frame, peer) => {
    if (left-- > 0) echo(frame, peer)
    else peer.end()
  }
}

describe('the reason of a verdict', () => {
  it.each<[string, React, string]>([
    ['1.1.2', silent, 'Seen in 1 s: nothing. Due: text "************************…" (125 octets).'],
    ['5.3', drops, 'Seen before the peer ended TCP: nothing. Due: text "fragment1fragment2".'],
    ['5.3', failing(1009), 'Seen before the peer closed with 1009: nothing. Due: text "fragment1fragment2".'],
    ['5.3', masks, 'before the fuzzer failed the connection (a server must not mask): nothing.'],
    ['2.6', silent, 'Due: pong 0xfefefefefefefefefefefefefefefefefefefefefefefefe… (125 octets).'],
    ['9.1.1', silent, 'No message came back in 10 s.'],
    ['9.1.1', drops, 'No message came back before the peer ended TCP.'],
    ['9.7.2', few(3), '3 of 1000 messages came back before the peer ended TCP.'],
    ['6.12.1', silent, 'The peer was to close, but time was up after 0.5 s.'],
    ['1.1.2', failing(1009), 'The fuzzer was to close, but the peer closed with 1009.'],
    ['1.1.2', silent, 'not completed: the peer did not answer Close in time.'],
    ['3.2', drops, 'Seen: nothing. That is tolerated; better: text "Hello, world!".'],
    ['7.13.1', echo, 'Seen: nothing. That is not judged.'],
    ['12.1.1', echo, 'permessage-deflate was not agreed.'],
    ['ws.handshake.1.1', echo, 'accepted the request. Due: a refusal that names the versions it speaks.'],
  ])('of %s tells what was seen and what was due', (id, react, reason) => {
    expect(reasonOf(reportOn(id, react))).toContain(reason)
  })

  it('tells the time that a case was given', () => {
    const report = reportOn('9.7.2', silent, { most: 2500 })
    expect(report.result).toBe('0 of 1000 messages came back in 2.5 s.')
  })

  it('stands in JUnit, also where it fails nothing', () => {
    const outcomes = [
      reportOn('3.2', drops),
      reportOn('7.13.1', echo),
      reportOn('12.1.1', echo),
      reportOn('1.1.1', echo),
    ].map(report => junitCase(report).outcome)
    expect(outcomes).toEqual([
      {
        type: 'passed',
        text: 'NON-STRICT: Seen: nothing. That is tolerated; better: text "Hello, world!".',
      },
      { type: 'passed', text: 'INFORMATIONAL: Seen: nothing. That is not judged.' },
      { type: 'skipped', message: 'UNIMPLEMENTED: permessage-deflate was not agreed.' },
      { type: 'passed' },
    ])
  })

  it('stands on the page and in the index', async () => {
    const files = new Map<string, string>()
    const write = (name: string, text: string) => {
      files.set(name, text)
      return Promise.resolve()
    }
    const report = new Report({ title: 't', recorded: false, write })
    await report.add({ report: reportOn('3.2', drops), connection: null })
    await report.add({ report: reportOn('1.1.1', echo), connection: null })
    await report.end('', [], '')
    const reason = 'Seen: nothing. That is tolerated; better: text "Hello, world!".'
    expect(files.get('peer_case_3_2.html')).toContain(reason.replaceAll('"', '&quot;'))
    const index = JSON.parse(files.get('index.json') ?? '') as { peer: Record<string, { reason?: string }> }
    expect(index.peer['3.2']?.reason).toBe(reason)
    expect(index.peer['1.1.1']).not.toHaveProperty('reason')
  })
})

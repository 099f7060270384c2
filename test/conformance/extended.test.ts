import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  casesFor,
  extendedCases,
  groupOf,
  groupTitles,
  selectCases,
} from '../../src/conformance/catalogue.ts'
import { drops, echo, failing, play, reportOn, silent, type React } from '../support/fuzzer-rig.ts'

/** The verdict on a peer after a time in which every case is over. */
function verdictOn(...of: Parameters<typeof reportOn>) {
  const { behavior, behaviorClose } = reportOn(...of)
  return `${behavior} / ${behaviorClose}`
}

const idOf = (words: string) =>
  extendedCases.find(({ description }) => description.includes(words))?.id ?? words

describe('the extended cases', () => {
  it('have ids by group and position, and say what they are about', () => {
    expect(new Set(extendedCases.map(({ id }) => id)).size).toBe(extendedCases.length)
    expect([...new Set(extendedCases.map(({ id }) => groupOf(id)))]).toEqual(
      Object.keys(groupTitles).filter(group => group.startsWith('ws.')),
    )
    for (const { id, description, expectation } of extendedCases) {
      expect(id).toMatch(/^ws\.[a-z]+(\.\d+)+$/)
      expect(description, id).toMatch(/\.$/)
      expect(expectation, id).toMatch(/\.$/)
    }
  })

  it('are counted in docs/conformance.md', () => {
    const rows = readFileSync('docs/conformance.md', 'utf8').matchAll(
      /^\| (ws\.[a-z]+) \|.*\| (\d+) \| (\d+) \|$/gm,
    )
    const count = (group: string, role: 'client' | 'server') =>
      casesFor(role, true).filter(({ id }) => groupOf(id) === group).length
    const told = [...rows].map(([, group, servers, clients]) => [group, Number(servers), Number(clients)])
    const groups = [...new Set(extendedCases.map(({ id }) => groupOf(id)))]
    expect(told).toEqual(groups.map(group => [group, count(group, 'client'), count(group, 'server')]))
  })

  it('are picked only when they are asked for, and in the role that can play them', () => {
    expect(casesFor('client', false)).toHaveLength(517)
    const ids = (role: 'client' | 'server') =>
      selectCases(['ws.handshake.*'], [], casesFor(role, true)).cases.map(({ id }) => id.slice(0, 14))
    expect(new Set(ids('client'))).toEqual(new Set(['ws.handshake.1']))
    expect(new Set(ids('server'))).toEqual(new Set(['ws.handshake.2']))
    expect(selectCases(['ws.*'], []).unknown).toEqual(['ws.*'])
  })
})

describe('masks and lengths', () => {
  it.each(['client', 'server'] as const)('breaks the rule of masks as a %s', role => {
    expect(verdictOn('ws.frames.1', failing(1002), { role })).toBe('OK / OK')
    expect(verdictOn('ws.frames.1', echo, { role })).toBe('FAILED / FAILED')
    expect(verdictOn('ws.frames.1', silent, { role })).toBe('OK / FAILED')
  })

  it('bears a peer that reads lengths which are not minimal, and says so', () => {
    const [id] = [idOf('125 octets, whose length is written in 64 bits')]
    expect(verdictOn(id, failing(1002))).toBe('OK / OK')
    expect(verdictOn(id, echo)).toBe('NON-STRICT / OK')
  })

  it('cuts a frame in two, at each place of its header', () => {
    const played = play(idOf('length of 16 bits'), echo)
    expect(played.writes.filter(length => length < 20)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 8])
    expect(played.report()).toMatchObject({ behavior: 'OK', behaviorClose: 'OK' })
  })
})

describe('the end of a connection', () => {
  it('takes the codes that came after RFC 6455', () => {
    expect(verdictOn('ws.close.1', echo)).toBe('OK / OK')
    expect(verdictOn('ws.close.1', failing(1002))).toBe('FAILED / WRONG CODE')
  })

  it('wants a peer to end TCP when the other direction has ended', () => {
    const id = idOf('ends its direction of TCP inside a frame')
    expect(verdictOn(id, silent)).toBe('OK / OK')
    expect(verdictOn(id, silent, { staysOpen: true })).toBe('OK / FAILED')
  })
})

describe('requests that a server must judge', () => {
  const answered = (id: string, head: string) => verdictOn(id, echo, { head })

  it('wants a refusal of an unknown version to name those that are known', () => {
    const id = idOf('version 12')
    const named = 'HTTP/1.1 426 Upgrade Required\r\nSec-WebSocket-Version: 8, 13\r\n\r\n'
    expect(answered(id, named)).toBe('OK / OK')
    expect(answered(id, 'HTTP/1.1 400 Bad Request\r\n\r\n')).toBe('FAILED / FAILED')
    expect(verdictOn(id, echo)).toBe('FAILED / FAILED')
  })

  it('takes any refusal of a bad request, and no acceptance', () => {
    const id = idOf('without Upgrade')
    expect(answered(id, 'HTTP/1.0 400 Bad Request\r\n\r\n')).toBe('OK / OK')
    expect(answered(id, 'hello\r\n\r\n')).toBe('FAILED / FAILED')
    expect(answered(id, '')).toBe('FAILED / FAILED')
    expect(verdictOn(id, echo)).toBe('FAILED / FAILED')
    expect(verdictOn(idOf('The same subprotocol twice'), echo)).toBe('NON-STRICT / OK')
  })

  it('goes on where the request is odd, but good', () => {
    expect(verdictOn(idOf('in mixed case'), echo)).toBe('OK / OK')
    expect(answered(idOf('in mixed case'), 'HTTP/1.1 400 Bad Request\r\n\r\n')).toBe('FAILED / FAILED')
    expect(verdictOn(idOf('behind the request'), echo)).toBe('OK / OK')
  })

  it('fails a server that chooses what was not offered', () => {
    const extras = ['Sec-WebSocket-Protocol: wsinspect.other']
    expect(verdictOn(idOf('Subprotocols that no server knows'), echo, { extras })).toBe('FAILED / FAILED')
    const chosen = ['Sec-WebSocket-Protocol: wsinspect.unknown.2']
    expect(verdictOn(idOf('Subprotocols that no server knows'), echo, { extras: chosen })).toBe('OK / OK')
    const extension = ['Sec-WebSocket-Extensions: permessage-deflate']
    expect(verdictOn(idOf('window of 7 bits'), echo, { extras: extension })).toBe('FAILED / FAILED')
    expect(verdictOn(idOf('window of 7 bits'), echo)).toBe('OK / OK')
  })

  it('writes a head octet by octet, or slowly, and is done in a time that is bounded', () => {
    expect(verdictOn('ws.time.1', echo)).toBe('OK / OK')
    const played = play('ws.time.1', echo)
    expect(played.sent).toEqual([])
    played.pass(60_000)
    expect(played.sent.map(({ opcode }) => opcode)).toEqual([1, 8])
    expect(verdictOn(idOf('octet by octet.'), echo)).toBe('OK / OK')
    expect(verdictOn(idOf('that does not end'), echo)).toBe('FAILED / FAILED')
  })
})

describe('responses that a client must judge', () => {
  it('wants the client to leave', () => {
    expect(verdictOn('ws.handshake.2.1', drops, { role: 'server' })).toBe('OK / OK')
    expect(verdictOn('ws.handshake.2.1', failing(1002), { role: 'server' })).toBe('OK / OK')
    expect(verdictOn('ws.handshake.2.1', echo, { role: 'server' })).toBe('FAILED / FAILED')
    expect(verdictOn('ws.handshake.2.1', silent, { role: 'server' })).toBe('OK / FAILED')
  })

  it('goes on where the response is odd, but good', () => {
    expect(verdictOn('ws.handshake.2.16', echo, { role: 'server' })).toBe('OK / OK')
    expect(verdictOn('ws.time.2', echo, { role: 'server' })).toBe('OK / OK')
  })
})

describe('compression', () => {
  const agreed = (parameters: string) => ({
    extras: [`Sec-WebSocket-Extensions: permessage-deflate${parameters}`],
  })

  it('needs what it needs, and else does not judge', () => {
    const id = idOf('although the fuzzer agreed to take over no context')
    expect(verdictOn(id, echo)).toBe('UNIMPLEMENTED / OK')
    expect(verdictOn(id, echo, agreed(''))).toBe('UNIMPLEMENTED / OK')
    expect(verdictOn(id, echo, { role: 'server' })).toBe('UNIMPLEMENTED / OK')
  })

  it.each([
    ['client', '; client_no_context_takeover'],
    ['server', '; client_max_window_bits'],
  ] as const)('breaks what it agreed to as a %s', (role, parameters) => {
    const id = idOf('although the fuzzer agreed to take over no context')
    const firstThenFails: React = (frame, peer) => {
      if (frame.opcode === 8) return
      if (tells.shift() === undefined) failing(1007)(frame, peer)
      else peer.send({ opcode: frame.opcode, rsv: frame.rsv }, frame.payload)
    }
    const tells = [1]
    expect(verdictOn(id, firstThenFails, { role, ...agreed(parameters) })).toBe('OK / OK')
  })

  it('wants a breach of RSV1 to be refused', () => {
    expect(verdictOn('ws.deflate.1', failing(1002), agreed(''))).toBe('OK / OK')
    expect(verdictOn('ws.deflate.1', echo, agreed(''))).toMatch('FAILED')
  })
})

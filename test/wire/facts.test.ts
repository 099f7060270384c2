import { describe, expect, it } from 'vitest'
import { guard, tee, type Facts } from '../../src/wire/facts.ts'
import { connectionInfo, push, sent, tcp, type Fact } from '../support/facts.ts'
import { octets } from '../support/octets.ts'

const all: Fact[] = [
  { type: 'open', time: 0, info: connectionInfo },
  sent('client', octets('a'), 1),
  tcp('server', 'fin', 2),
  { type: 'mark', time: 3, from: 'client', mark: { type: 'gap', offset: 1, octets: 5, reason: 'queue' } },
]

/** Writes down what it is given; throws at the `failsAt`th fact. */
function recorder(name: string, calls: string[], failsAt = Infinity): Facts {
  let count = 0
  const call = (what: string) => {
    if (count++ === failsAt) throw new Error(`${name} failed`)
    calls.push(`${name} ${what}`)
  }
  return {
    open: (conn, time) => {
      call(`open ${conn} ${time}`)
    },
    octets: (conn, time, from, bytes) => {
      call(`octets ${conn} ${time} ${from} ${bytes.length}`)
    },
    tcp: (conn, time, from, state) => {
      call(`tcp ${conn} ${time} ${from} ${state}`)
    },
    mark: (conn, time, from, mark) => {
      call(`mark ${conn} ${time} ${from} ${mark.type}`)
    },
    end: time =>
      new Promise(resolve => {
        call(`end ${time}`)
        resolve()
      }),
  }
}

const everything = ['open 1 0', 'octets 1 1 client 1', 'tcp 1 2 server fin', 'mark 1 3 client gap', 'end 9']

describe('tee', () => {
  it('gives every fact to all consumers, in their order', async () => {
    const calls: string[] = []
    const facts = tee([recorder('a', calls), recorder('b', calls)])
    for (const fact of all) push(facts, fact)
    await facts.end(9)
    expect(calls).toEqual(everything.flatMap(call => [`a ${call}`, `b ${call}`]))
  })

  it('is its only consumer where it has one, and nobody where it has none', async () => {
    const only = recorder('a', [])
    expect(tee([only])).toBe(only)
    const none = tee([])
    for (const fact of all) push(none, fact)
    await expect(none.end(0)).resolves.toBeUndefined()
  })
})

describe('guard', () => {
  it('passes every fact on', async () => {
    const calls: string[] = []
    const facts = guard(recorder('a', calls), error => calls.push(String(error)))
    for (const fact of all) push(facts, fact)
    await facts.end(9)
    expect(calls).toEqual(everything.map(call => `a ${call}`))
  })

  it.each([0, 1, 2, 3])('switches a consumer off that throws at fact %i, and says so once', async failsAt => {
    const calls: string[] = []
    const faults: unknown[] = []
    const facts = tee([
      guard(recorder('a', calls, failsAt), error => faults.push(error)),
      recorder('b', calls),
    ])
    for (const fact of all) push(facts, fact)
    await facts.end(9)
    expect(faults).toEqual([new Error('a failed')])
    expect(calls.filter(call => call.startsWith('a'))).toEqual(
      everything.slice(0, failsAt).map(call => `a ${call}`),
    )
    expect(calls.filter(call => call.startsWith('b'))).toEqual(everything.map(call => `b ${call}`))
  })

  it('keeps a failure to end from the others too', async () => {
    const faults: unknown[] = []
    await guard(recorder('a', [], 0), error => faults.push(error)).end(9)
    expect(faults).toEqual([new Error('a failed')])
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { renderHeads, unchanged as same, type HeadChange } from '../../src/replay/head.ts'
import { isCue } from '../../src/replay/cue.ts'
import { Script, type Level, type Step } from '../../src/replay/script.ts'
import { Speaker } from '../../src/replay/speaker.ts'
import type { Side } from '../../src/protocol/side.ts'
import type { Mark } from '../../src/wire/facts.ts'
import { chopSizes } from '../support/arbitraries.ts'
import { opened, push, rechop, sent, tcp, type Fact } from '../support/facts.ts'
import { head, sampleKey, upgradeRequest, upgradeResponse } from '../support/heads.ts'
import { naiveFrames } from '../support/naive-frames.ts'
import { chop, join, latin1, octets } from '../support/octets.ts'
import { close, frame, masked } from '../support/scripted-peer.ts'

const key = 0x0a0b0c0d

function stepsOf(facts: readonly Fact[], level: Level = 'chops', role: Side = 'client'): Step[] {
  const script = new Script({ role, level, nextKey: () => key, isCue, tell: () => undefined })
  for (const fact of facts) push(script, fact)
  void script.end(0)
  return [...script.take()]
}

/** What the steps write, one element a write. */
function writesOf(steps: readonly Step[], change = same): Buffer[] {
  const speaker = new Speaker('client', null, () => key)
  return steps
    .flatMap(step => {
      if (step.type === 'heads') return renderHeads(step.recorded, () => change).writes
      if (step.type === 'octets') return [step.octets]
      return step.type === 'say' ? [speaker.frame(step.said) ?? new Uint8Array(0)] : []
    })
    .map(write => Buffer.from(write))
}

function mark(mark: Mark, from: Side = 'client'): Fact {
  return { type: 'mark', time: 0, from, mark }
}

/** Legal and broken frames of a client. */
const frames = join([
  frame(1, 'text', masked),
  frame(2, 'in two', { ...masked, fin: false }),
  frame(9, 'ping', masked),
  frame(0, 'x'.repeat(300), { key: 0 }),
  frame(1, 'unmasked'),
  frame(3, 'reserved', { ...masked, rsv: 7 }),
  frame(1, 'wide', { ...masked, lengthBits: 64 }),
  frame(8, '', masked),
])

describe('level chops', () => {
  it('writes every octet of a connection again, in the chops it came in', () => {
    fc.assert(
      fc.property(chopSizes, sizes => {
        const facts = rechop([...opened(), sent('client', frames), sent('server', frame(1, 'x'))], sizes)
        const own = facts.flatMap(f =>
          f.type === 'octets' && f.from === 'client' ? [Buffer.from(f.bytes)] : [],
        )
        expect(writesOf(stepsOf(facts))).toEqual(own)
      }),
      { numRuns: 30 },
    )
  })

  it('does the same for the server', () => {
    const facts = [...opened(), sent('client', frames), ...rechop([sent('server', frame(1, 'hello'))], [1])]
    const own = facts.flatMap(f => (f.type === 'octets' && f.from === 'server' ? [Buffer.from(f.bytes)] : []))
    expect(writesOf(stepsOf(facts, 'chops', 'server'))).toEqual(own)
  })

  it('waits for what had come, and knows where it stands', () => {
    const [open, request, response] = opened()
    const steps = stepsOf([
      open!,
      request!,
      response!,
      sent('client', frame(1, 'one', masked)),
      sent('server', frame(9, 'no cue')),
      sent('server', frame(1, 'first')),
      sent('client', frame(1, 'two', masked).subarray(0, 3)),
      sent('server', frame(1, 'second').subarray(0, 4)),
      sent('client', frame(1, 'two', masked).subarray(3)),
      sent('server', frame(1, 'second').subarray(4)),
      sent('server', close(1000)),
      tcp('server', 'fin'),
      tcp('client', 'fin'),
    ])
    const length = upgradeRequest().length
    expect(
      steps.map(({ type, cues, frame, offset, peerEnded }) => [type, cues, frame, offset, peerEnded]),
    ).toEqual([
      ['heads', 0, 0, 0, false],
      ['octets', 1, 1, length, false],
      ['octets', 2, 2, length + 9, false],
      ['octets', 2, 2, length + 12, false],
      ['end', 5, 3, length + 18, true],
    ])
  })

  it('keeps what followed the head in the chop of the head', () => {
    const early = frame(1, 'early', masked)
    const [open, , response] = opened()
    const facts = [open!, sent('client', join([upgradeRequest(), early])), response!, sent('client', early)]
    const change = { ...same, target: '/other' }
    const request = Buffer.from(upgradeRequest()).toString('latin1').replace('GET / ', 'GET /other ')
    expect(writesOf(stepsOf(facts), change)).toEqual([
      Buffer.concat([Buffer.from(request), early]),
      Buffer.from(early),
    ])
  })

  it('plays the exchanges before the upgrade, bodies too', () => {
    const post = join([head('POST /a HTTP/1.1', 'Host: x', 'Content-Length: 4'), octets('bo')])
    const ok = head('HTTP/1.1 200 OK', 'Content-Length: 0')
    const facts = [
      opened()[0]!,
      sent('client', post),
      sent('client', octets('dy')),
      sent('server', ok),
      ...opened().slice(1),
      sent('client', frame(1, 'hi', masked)),
    ]
    const steps = stepsOf(facts)
    expect(Buffer.concat(writesOf(steps))).toEqual(
      Buffer.concat([post, octets('dy'), upgradeRequest(), frame(1, 'hi', masked)]),
    )
    expect(steps.map(({ type, cues }) => [type, cues])).toEqual([
      ['heads', 0],
      ['octets', 0],
      ['heads', 1],
      ['octets', 2],
    ])
  })

  it('tells of octets that are missing', () => {
    const facts = [
      ...opened(),
      sent('client', frame(1, 'a', masked)),
      mark({ type: 'gap', offset: upgradeRequest().length + 7, octets: 99, reason: 'queue' }),
    ]
    expect(stepsOf(facts).at(-1)).toMatchObject({
      type: 'gap',
      octets: 99,
      offset: upgradeRequest().length + 7,
    })
    expect(stepsOf(facts, 'messages').map(({ type }) => type)).toEqual(['heads', 'say'])
  })

  it('plays what is not HTTP as it is', () => {
    const facts = [opened()[0]!, sent('client', octets(0x16, 3, 1)), sent('client', octets('abc'))]
    for (const level of ['chops', 'frames'] as const)
      expect(Buffer.concat(writesOf(stepsOf(facts, level)))).toEqual(Buffer.from('\x16\x03\x01abc', 'latin1'))
  })
})

describe('level frames', () => {
  it('writes the same frames with fresh masks, however they were chopped', () => {
    fc.assert(
      fc.property(chopSizes, sizes => {
        const facts = rechop([...opened(), sent('client', frames)], sizes)
        const tail = join(writesOf(stepsOf(facts, 'frames'))).slice(-frames.length)
        const expected = naiveFrames(frames).frames.map(one => ({
          ...one,
          key: one.key === null ? null : key,
        }))
        expect(naiveFrames(tail).frames).toEqual(expected)
      }),
      { numRuns: 20 },
    )
  })

  it('keeps what is not whole, and what comes behind a lost frame', () => {
    const cut = frame(1, 'cut short', { ...masked, payloadLength: 100 })
    const lost = join([frame(2, '', { ...masked, payloadLength: 2n ** 63n }), octets('whatever')])
    for (const last of [cut, octets(0x81), frame(1, 'x', masked).subarray(0, 5), lost]) {
      for (const sizes of [[], [1]]) {
        const facts = [...opened(), ...rechop([sent('client', join([frame(1, 'a', masked), last]))], sizes)]
        const again = join(writesOf(stepsOf([...facts, tcp('client', 'fin')], 'frames')).slice(1))
        expect(again.length).toBe(7 + last.length)
        expect(again.slice(7, 9)).toEqual(last.slice(0, 2))
        if (last === lost) expect(again.slice(-8)).toEqual(octets('whatever'))
        if (last === cut) expect(naiveFrames(again).frames[1]?.payload).toEqual(octets('cut short'))
      }
    }
  })

  it('writes a frame at a time', () => {
    const whole = [frame(1, 'a', masked), frame(9, '', masked), frame(2, 'b', masked)]
    const steps = stepsOf([...opened(), sent('client', join(whole))], 'frames')
    expect(steps.slice(1).map(step => [step.frame, step.type === 'octets' && step.octets.length])).toEqual([
      [1, 7],
      [2, 6],
      [3, 7],
    ])
  })
})

describe('level messages', () => {
  it('says each message in one frame, and pings and closes as they were', () => {
    const facts = [
      ...opened(),
      ...rechop(
        [
          sent(
            'client',
            join([
              frame(1, 'in ', { ...masked, fin: false }),
              frame(9, 'ping', masked),
              frame(0, 'two', masked),
              close(1001, 'bye', masked),
            ]),
          ),
        ],
        [3],
      ),
    ]
    const [, ...said] = writesOf(stepsOf(facts, 'messages'))
    const decoded = naiveFrames(Buffer.concat(said)).frames
    expect(decoded.map(({ opcode, payload }) => [opcode, Buffer.from(payload).toString('latin1')])).toEqual([
      [9, 'ping'],
      [1, 'in two'],
      [8, '\x03\xe9bye'],
    ])
  })
})

describe('heads', () => {
  const request = (...lines: string[]) => head('GET /chat?token=xxxxx HTTP/1.1', ...lines)
  const render = (chops: Uint8Array[], change: HeadChange, marks: Mark[] = []) => {
    const steps = stepsOf([
      opened()[0]!,
      ...chops.map(bytes => sent('client', bytes)),
      ...marks.map(one => mark(one)),
    ])
    const step = steps.find(({ type }) => type === 'heads')
    if (step?.type !== 'heads') throw new Error('no head')
    const { writes, missing } = renderHeads(step.recorded, () => change)
    return { writes: writes.map(write => Buffer.from(write).toString('latin1')), missing }
  }
  const upgrade = ['Upgrade: websocket', `Sec-WebSocket-Key: ${sampleKey}`]

  it('replaces the first of a name, adds what is missing, keeps the rest octet for octet', () => {
    const recorded = request('hOsT:  a', 'X-Odd : 1', ' folded', 'Host: b', ...upgrade)
    const headers = [
      { name: 'Host', value: 'new:1', add: false },
      { name: 'Origin', value: 'null', add: true },
      { name: 'Absent', value: 'x', add: false },
      { name: 'X-Odd ', value: 'y', add: true },
    ]
    const { writes } = render(chop(recorded, [7]), { ...same, target: '/else?a=b', headers })
    expect(writes).toEqual([
      Buffer.from(
        head('GET /else?a=b HTTP/1.1', 'hOsT: new:1', 'X-Odd : y', 'Host: b', ...upgrade, 'Origin: null'),
      ).toString('latin1'),
    ])
  })

  it('leaves out what is dropped, and puts what is given in its place', () => {
    const recorded = request('X-Odd: 1', 'Host: a', 'x-odd: 2', ...upgrade)
    const gone = render([recorded], { ...same, dropped: ['X-Odd', 'Absent'] })
    expect(gone.writes.join('')).toBe(Buffer.from(request('Host: a', ...upgrade)).toString('latin1'))
    const headers = [{ name: 'X-Odd', value: '3', add: true }]
    const instead = render([recorded], { ...same, headers, dropped: ['X-Odd'] })
    expect(instead.writes.join('')).toBe(
      Buffer.from(request('Host: a', ...upgrade, 'X-Odd: 3')).toString('latin1'),
    )
  })

  it('keeps the chops where nothing is another', () => {
    const recorded = request('Host: a', ...upgrade)
    const chops = chop(recorded, [5, 40])
    const headers = [{ name: 'host', value: 'a', add: true }]
    expect(render(chops, { ...same, headers }).writes.map(text => text.length)).toEqual(
      chops.map(({ length }) => length),
    )
  })

  it('writes what the proxy wrote', () => {
    const recorded = request('Host: proxy', ...upgrade)
    const offset = Buffer.from(recorded).indexOf('Host')
    const end = Buffer.from(recorded).lastIndexOf('\r\n')
    const edits: Mark[] = [
      { type: 'edit', offset, octets: 13, written: latin1('Host: server\r\n') },
      { type: 'edit', offset: end, octets: 0, written: latin1('X-Added: 1\r\n') },
    ]
    const { writes } = render(chop(recorded, [offset + 3]), same, edits)
    expect(writes.join('')).toBe(
      Buffer.from(request('Host: server', ...upgrade, 'X-Added: 1')).toString('latin1'),
    )
    expect(writes[0]).toBe('GET /chat?token=xxxxx HTTP/1.1\r\n')
    const again = render(
      [recorded],
      { ...same, headers: [{ name: 'X-Added', value: '2', add: true }] },
      edits,
    )
    expect(again.writes.join('')).toBe(
      Buffer.from(request('Host: server', ...upgrade, 'X-Added: 2')).toString('latin1'),
    )
  })

  it('names what was overwritten in the record and is not given', () => {
    const recorded = request('Cookie: xxxxx', 'X-Plain: x', ...upgrade)
    const text = Buffer.from(recorded).toString('latin1')
    const marks: Mark[] = [
      { type: 'redacted', offset: text.indexOf('xxxxx'), octets: 5 },
      { type: 'redacted', offset: text.indexOf('Cookie') + 8, octets: 5 },
    ]
    expect(render([recorded], same, marks).missing).toEqual(['the request line', 'Cookie'])
    const headers = [{ name: 'cookie', value: 'a=b', add: true }]
    expect(render([recorded], { ...same, target: '/chat', headers }, marks).missing).toEqual([])
  })

  it('can do without what was overwritten and lets nobody in, as in an anonymized record', () => {
    const lines = ['Host: xxxx', 'Origin: xxxx', 'X-Room: xxxx', 'Sec-WebSocket-Protocol: chat, xxxxxxxx']
    const recorded = head('GET /chat?room=xxxx&sid=xxxx HTTP/1.1', ...lines, ...upgrade)
    const text = Buffer.from(recorded).toString('latin1')
    const marksOf = (...texts: string[]): Mark[] =>
      texts.map(found => ({ type: 'redacted', offset: text.indexOf(found) + found.length - 4, octets: 4 }))
    const personal = marksOf('Host: xxxx', 'Origin: xxxx', 'X-Room: xxxx', 'room=xxxx')
    expect(render([recorded], same, personal).missing).toEqual([])
    const credentials = marksOf('sid=xxxx', 'chat, xxxxxxxx')
    expect(render([recorded], same, [...personal, ...credentials]).missing).toEqual([
      'the request line',
      'Sec-WebSocket-Protocol',
    ])
  })
})

it('plays the response of a server with what follows in the same chop', () => {
  const hello = frame(1, 'hello')
  const facts = [...opened().slice(0, 2), sent('server', join([upgradeResponse(), hello]))]
  const [step] = stepsOf(facts, 'messages', 'server')
  expect(step).toMatchObject({ type: 'heads', cues: 1 })
  const [, said] = stepsOf(facts, 'messages', 'server')
  expect(said).toMatchObject({ type: 'say', said: { type: 'message', kind: 'text' } })
})

it('knows which step answers which ping, however it was chopped', () => {
  const pongs = join([frame(1, 'first', masked), frame(10, 'b', masked), frame(10, 'odd', masked)])
  const facts = [
    ...opened(),
    sent('server', join([frame(9, 'a'), frame(9, 'b')])),
    sent('client', pongs),
    sent('client', frame(10, 'a', masked).subarray(0, 3)),
    sent('client', frame(10, 'a', masked).subarray(3)),
  ]
  const pings = (level: Level) => stepsOf(facts, level).map(({ ping }) => ping)
  expect(pings('chops')).toEqual([0, 2, 0, 1])
  expect(pings('frames')).toEqual([0, 0, 2, 0, 1])
})

it('says no pong that answered a ping, on the level of messages: pings are answered as they come', () => {
  const facts = [
    ...opened(),
    sent('server', frame(9, 'asked')),
    sent('client', join([frame(10, 'asked', masked), frame(10, 'not asked', masked)])),
  ]
  const said = stepsOf(facts, 'messages').flatMap(step => (step.type === 'say' ? [step.said] : []))
  expect(said).toMatchObject([{ type: 'pong', octets: octets('not asked') }])
})

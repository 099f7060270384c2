import { describe, expect, it } from 'vitest'
import { HeadReader, type Head } from '../../src/protocol/http-head.ts'
import { agreementFault } from '../../src/replay/agreement.ts'
import { answerFor } from '../../src/replay/answer.ts'
import { Scenes } from '../../src/replay/scenes.ts'
import { sampleAccept, sampleKey, upgradeRequest, upgradeResponse } from '../support/heads.ts'

function parsed(octets: Uint8Array): Head {
  return new HeadReader().push(octets)!.head
}
const request = (...more: string[]) => parsed(upgradeRequest(...more))
const response = (...more: string[]) => parsed(upgradeResponse(...more))
const protocol = (list: string) => `Sec-WebSocket-Protocol: ${list}`
const extensions = (list: string) => `Sec-WebSocket-Extensions: ${list}`

const deflate = 'permessage-deflate'
const whole = { loop: false, isAnew: false }

describe('the answer for another client', () => {
  const accept = { name: 'Sec-WebSocket-Accept', value: sampleAccept, add: true }
  const agreed = (value: string) => ({ name: 'Sec-WebSocket-Extensions', value, add: true })

  /** What becomes of an answer with `answered` to an offer of `offered`, for a client that offers `live`. */
  function extensionsFor(offered: string, answered: string, live: string, isAnew = true) {
    const recorded = { request: request(extensions(offered)), answer: response(extensions(answered)) }
    const { headers, dropped } = answerFor(
      recorded,
      live === '' ? request() : request(extensions(live)),
      isAnew,
    )
    expect(headers[0]).toEqual(accept)
    return { headers: headers.slice(1), dropped }
  }
  const asRecorded = { headers: [], dropped: [] }
  const dropped = ['Sec-WebSocket-Extensions']

  it('has the accept value of its key, unless the recorded one was wrong', () => {
    const other = parsed(
      Buffer.from(Buffer.from(upgradeRequest()).toString().replace(sampleKey, 'AQIDBAUGBwgJCgsMDQ4PEA==')),
    )
    const { headers } = answerFor({ request: request(), answer: response() }, other, false)
    expect(headers).toEqual([{ ...accept, value: 'C/0nmHhBztSRGR1CwL6Tf4ZjwpY=' }])
    expect(answerFor({ request: other, answer: response() }, request(), false).headers).toEqual([])
  })

  it('agrees on no extension that it does not offer, where messages are framed anew', () => {
    expect(extensionsFor(deflate, deflate, deflate)).toEqual(asRecorded)
    expect(extensionsFor(deflate, deflate, '')).toEqual({ headers: [], dropped })
    expect(extensionsFor(deflate, deflate, '', false)).toEqual(asRecorded)
    expect(extensionsFor('x-own, x-other', 'x-own', 'x-other')).toEqual({ headers: [], dropped })
  })

  it('agrees on what it asks for where that is not what was recorded', () => {
    const bits = `${deflate}; client_max_window_bits`
    expect(extensionsFor(bits, `${bits}=10`, bits)).toEqual(asRecorded)
    expect(extensionsFor(bits, `${bits}=10`, deflate)).toEqual({ headers: [agreed(deflate)], dropped })
    const small = `${deflate}; server_max_window_bits=9`
    expect(extensionsFor(deflate, deflate, small)).toEqual({ headers: [agreed(small)], dropped })
  })

  it('keeps an agreement that was wrong when it was recorded', () => {
    expect(extensionsFor('x-own', deflate, '')).toEqual(asRecorded)
  })

  it('has the subprotocol that stands where the recorded one was overwritten', () => {
    const covered = 'xxxxxxxxxxxx'
    const recorded = { request: request(protocol(`chat, ${covered}`)), answer: response(protocol(covered)) }
    expect(answerFor(recorded, request(protocol('chat, bearer.1')), false).headers[1]).toEqual({
      name: 'Sec-WebSocket-Protocol',
      value: 'bearer.1',
      add: true,
    })
    expect(answerFor(recorded, request(protocol('chat')), false).headers).toEqual([accept])
  })
})

describe('what was overwritten when recording', () => {
  it('is any subprotocol of an answer', () => {
    const recorded = response(protocol('xxxxxxxx'))
    expect(agreementFault(recorded, response(protocol('bearer.123')))).toBeNull()
    expect(agreementFault(recorded, response())).toBe(
      'subprotocol agreed now: none, in the recording: xxxxxxxx',
    )
    expect(agreementFault(response(protocol('a')), response(protocol('b')))).toBe(
      'subprotocol agreed now: b, in the recording: a',
    )
  })

  it('is any subprotocol that is asked for', () => {
    const scene = { conn: 1, request: request(protocol('chat, xxxxxxxx')), answer: null }
    expect(new Scenes([scene], whole).next(request(protocol('chat, bearer.123')))).toBe(scene)
    expect(new Scenes([scene], whole).next(request(protocol('chat')))).toContain('no connection')
    expect(new Scenes([scene], whole).next(request(protocol('other, bearer.123')))).toContain('no connection')
  })
})

it('a scene with an extension that is not offered is played only where messages are framed anew', () => {
  const scene = {
    conn: 1,
    request: request(extensions(deflate)),
    answer: response(extensions(deflate)),
  }
  expect(new Scenes([scene], whole).next(request())).toBe(
    'permessage-deflate was agreed in the recording and is not offered (--level messages does without)',
  )
  expect(new Scenes([scene], { ...whole, isAnew: true }).next(request())).toBe(scene)
})

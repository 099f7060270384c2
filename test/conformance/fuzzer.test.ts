import { describe, expect, it } from 'vitest'
import type { CaseReport } from '../../src/conformance/case-report.ts'
import { Deflater } from '../../src/protocol/permessage-deflate.ts'
import { Session } from '../../src/wire/session.ts'
import { code, drops, echo, failing, play, reportOn, silent, type React } from '../support/fuzzer-rig.ts'

const verdict = ({ behavior, behaviorClose, remoteCloseCode }: CaseReport) => [
  behavior,
  behaviorClose,
  remoteCloseCode,
]

/** The verdict on a peer after a time in which every case is over. */
const verdictOn = (...of: Parameters<typeof reportOn>) => verdict(reportOn(...of))

const neverDrops: React = (frame, peer) => {
  echo(frame, { ...peer, end: () => undefined })
}
const neverCloses: React = (frame, peer) => {
  if (frame.opcode !== 8) echo(frame, peer)
}

describe('the fuzzer against good peers', () => {
  it('closes when what it expects has come', () => {
    const played = play('1.1.2', echo)
    const report = played.report()
    expect(verdict(report)).toEqual(['OK', 'OK', 1000])
    expect(played.sent.map(({ opcode }) => opcode)).toEqual([1, 8])
    expect(report).toMatchObject({
      closedByMe: true,
      wasClean: true,
      droppedByMe: false,
      localCloseCode: 1000,
    })
    expect(report.received).toEqual([['message', `${'*'.repeat(64)} ...`, false]])
  })

  it('writes chops one by one, and frames of their own', () => {
    expect(play('1.1.8', echo).writes).toEqual([...Array<number>(65).fill(997), 65_550 - 65 * 997, 8])
    expect(play('2.6', echo).writes.slice(0, 131)).toEqual(Array(131).fill(1))
    expect(play('5.4', echo).writes.slice(0, 2)).toEqual([15, 15])
  })

  it('waits where the case says so', () => {
    const fragments: Buffer[] = []
    const joins: React = (frame, peer) => {
      if (frame.opcode > 2) echo(frame, peer)
      else fragments.push(frame.payload)
      if (frame.opcode === 0 && frame.fin) peer.send({ opcode: 1 }, Buffer.concat(fragments))
    }
    const played = play('5.20', joins)
    expect(played.sent.map(({ opcode }) => opcode)).toEqual([1, 0, 9])
    played.pass(999)
    expect(played.sent).toHaveLength(3)
    played.pass(1)
    expect(verdict(played.report())).toEqual(['OK', 'OK', 1000])
    expect(played.report().duration).toBe(1000)
    expect(played.report().txFrameStats).toEqual({ 0: 4, 1: 1, 8: 1, 9: 2 })
    expect(played.report().txOctetStats).toMatchObject({ 8: 1, 15: 7 })
    expect(
      played
        .report()
        .wirelog.map(([kind]) => kind)
        .join(' '),
    ).toBe('TO RO TF TO TF TF CT TO TO RO RF CTE TF TO TF TF TF TI TO TO RO RF TO RO RF TF TO RO RF')
  })

  it('adds an empty fragment where the length is a multiple of their size', () => {
    const played = play('6.2.4', echo)
    expect(played.sent.slice(0, 12).map(({ opcode, fin, payload }) => [opcode, fin, payload.length])).toEqual(
      [[1, false, 1], ...Array<unknown>(10).fill([0, false, 1]), [0, true, 0]],
    )
  })

  it('counts its own frames in 10.1.1', () => {
    const message: Buffer[] = []
    const joins: React = (frame, peer) => {
      if (frame.opcode === 8) echo(frame, peer)
      else message.push(frame.payload)
      if (frame.opcode < 8 && frame.fin) peer.send({ opcode: 1 }, Buffer.concat(message))
    }
    expect(verdictOn('10.1.1', joins)).toEqual(['OK', 'OK', 1000])
  })

  it('tells how early a peer refuses text in 6.4', () => {
    const onSecond: React = ({ opcode }, peer) => {
      if (opcode === 0) failing(1007)({} as never, peer)
    }
    const onLast: React = ({ fin }, peer) => {
      if (fin) failing(1007)({} as never, peer)
    }
    expect(verdictOn('6.4.1', onSecond)).toEqual(['OK', 'OK', 1007])
    expect(verdictOn('6.4.1', onLast)).toEqual(['NON-STRICT', 'OK', 1007])
    expect(verdictOn('6.4.3', onLast)).toEqual(['NON-STRICT', 'OK', 1007])
    expect(verdictOn('6.4.1', silent)).toEqual(['FAILED', 'FAILED', null])
    expect(verdictOn('6.4.1', failing(1007))).toEqual(['FAILED', 'OK', 1007])
  })

  it('plays ping-pong in groups 9, and with compression in 12', () => {
    expect(verdictOn('9.7.2', echo)).toEqual(['OK', 'OK', 1000])
    expect(verdictOn('9.3.9', echo)).toEqual(['OK', 'OK', 1000])
    expect(verdictOn('12.1.1', echo)).toEqual(['UNIMPLEMENTED', 'OK', 1000])
    const deflate = { extras: ['Sec-WebSocket-Extensions: permessage-deflate; client_no_context_takeover'] }
    const same: React = (frame, peer) => {
      if (frame.opcode === 8) echo(frame, peer)
      else peer.send({ opcode: frame.opcode, rsv: frame.rsv }, frame.payload)
    }
    const played = play('12.1.2', same, deflate)
    expect(verdict(played.report())).toEqual(['OK', 'OK', 1000])
    expect(played.report().trafficStats).toMatchObject({
      outgoingWebSocketMessages: 1000,
      incomingWebSocketMessages: 1000,
      outgoingOctetsAppLevel: 64_000,
    })
    expect(played.report().wirelog.filter(([kind]) => kind === 'WLM')).toEqual([
      ['WLM', false],
      ['WLM', true],
    ])
  })

  it('offers and accepts the parameters that 13 demands', () => {
    const request = (id: string) => {
      const played = play(id, echo, { head: 'HTTP/1.1 400 no\r\n\r\n' })
      return /Sec-WebSocket-Extensions: (.*)\r/.exec(played.report().httpRequest)?.[1]
    }
    const base = 'permessage-deflate; client_no_context_takeover; client_max_window_bits'
    expect(request('13.1.1')).toBe(base)
    expect(request('13.7.1')).toBe(
      `${base}; server_no_context_takeover; server_max_window_bits=9, ${base}; server_no_context_takeover, ${base}`,
    )
    const answer = (id: string, offer: string) => {
      const extras = [`Sec-WebSocket-Extensions: ${offer}`]
      const played = play(id, drops, { role: 'server', extras })
      return /Sec-WebSocket-Extensions: (.*)\r/.exec(played.report().httpResponse)?.[1]
    }
    const offer =
      'permessage-deflate; server_max_window_bits=10; client_max_window_bits; server_no_context_takeover'
    expect(answer('13.5.1', offer)).toBe(
      'permessage-deflate; server_no_context_takeover; server_max_window_bits=10; client_no_context_takeover; client_max_window_bits=9',
    )
    expect(answer('13.3.1', 'permessage-deflate')).toBeUndefined()
    expect(answer('13.7.1', 'permessage-deflate')).toBe('permessage-deflate; client_no_context_takeover')
  })

  it('is a server too, that ends TCP itself', () => {
    const played = play('1.1.2', echo, { role: 'server' })
    expect(verdict(played.report())).toEqual(['OK', 'OK', 1000])
    expect(played.report()).toMatchObject({ isServer: true, droppedByMe: true, wasClean: true })
    expect(played.ended()).toBe('abort')
    expect(played.writes).toEqual([127, 4])
  })
})

describe('the fuzzer against bad peers', () => {
  it.each<[string, React, Record<string, unknown[]>]>([
    [
      'one that drops instead of closing',
      drops,
      {
        '1.1.1': ['FAILED', 'FAILED', null],
        '3.1': ['OK', 'OK', null],
        '6.12.1': ['OK', 'OK', null],
      },
    ],
    [
      'one that says nothing',
      silent,
      {
        '1.1.1': ['FAILED', 'UNCLEAN', null],
        '3.1': ['OK', 'FAILED', null],
        '6.12.1': ['FAILED', 'FAILED', null],
        '9.1.1': ['FAILED', 'UNCLEAN', null],
        '7.13.1': ['INFORMATIONAL', 'INFORMATIONAL', null],
      },
    ],
    [
      'one that never ends TCP',
      neverDrops,
      {
        '1.1.1': ['OK', 'FAILED BY CLIENT', 1000],
        '1.1.6': ['OK', 'UNCLEAN', 1000],
        '2.1': ['OK', 'UNCLEAN', 1000],
        '7.9.1': ['FAILED', 'WRONG CODE', 0],
      },
    ],
    [
      'one that never answers a Close',
      neverCloses,
      {
        '2.1': ['OK', 'UNCLEAN', null],
        '7.1.1': ['OK', 'UNCLEAN', null],
        '7.9.1': ['OK', 'FAILED BY CLIENT', null],
      },
    ],
    [
      'one that closes with 1001',
      failing(1001),
      {
        '1.1.1': ['FAILED', 'FAILED', 1001],
        '3.1': ['OK', 'WRONG CODE', 1001],
        '7.3.2': ['FAILED', 'WRONG CODE', 1001],
        '7.9.1': ['FAILED', 'WRONG CODE', 1001],
      },
    ],
    [
      'one that echoes all',
      echo,
      {
        '3.1': ['FAILED', 'FAILED', 1001],
        '6.12.1': ['FAILED', 'FAILED', null],
      },
    ],
  ])('judges %s', (_name, react, expected) => {
    const verdicts = Object.fromEntries(Object.keys(expected).map(id => [id, verdictOn(id, react)]))
    expect(verdicts).toEqual(expected)
  })

  it('fails a peer that sends what it must not, and drops it at the second time', () => {
    const greets = (send: (peer: Parameters<React>[1]) => void) => {
      const played = play('1.1.1', silent, { greeting: send })
      const [frame] = played.sent.filter(({ opcode }) => opcode === 8)
      return [frame?.payload.readUInt16BE(0), played.ended()]
    }
    expect(
      greets(peer => {
        peer.send({ opcode: 1, rsv: 1 }, 'x')
      }),
    ).toEqual([1002, null])
    expect(
      greets(peer => {
        peer.send({ opcode: 1, key: 5 }, 'x')
      }),
    ).toEqual([1002, null])
    expect(
      greets(peer => {
        peer.send({ opcode: 1, key: 5, rsv: 1 }, 'x')
      }),
    ).toEqual([1002, 'end'])
    expect(
      greets(peer => {
        peer.send({ opcode: 0 }, 'x')
      }),
    ).toEqual([1002, null])
    expect(
      greets(peer => {
        peer.send({ opcode: 1, lengthBits: 16 }, 'x')
      }),
    ).toEqual([1002, null])
    expect(
      greets(peer => {
        peer.send({ opcode: 9, fin: false })
      }),
    ).toEqual([1002, null])
    expect(
      greets(peer => {
        peer.send({ opcode: 8 }, code(1005))
      }),
    ).toEqual([1002, null])
    // A bad octet is told when it comes and when the message ends.
    expect(
      greets(peer => {
        peer.send({ opcode: 1 }, Buffer.from([0xff]))
      }),
    ).toEqual([1007, 'end'])
    expect(
      greets(peer => {
        peer.send({ opcode: 1 }, Buffer.from([0xc3]))
      }),
    ).toEqual([1007, null])
  })

  it.each([
    ['has a bad octet, twice', 'ff41', 'end'],
    ['ends inside a character, once', '41c3', null],
  ])('fails a peer whose text, inflated, %s', (_what, digits, ended) => {
    const deflater = new Deflater({ windowBits: 15, contextTakeover: true })
    const played = play('12.1.1', silent, {
      extras: ['Sec-WebSocket-Extensions: permessage-deflate'],
      greeting: peer => {
        peer.send({ opcode: 1, rsv: 4 }, deflater.deflate(Buffer.from(digits, 'hex')))
      },
    })
    played.pass(0)
    expect(played.ended()).toBe(ended)
    played.pass(3000)
    expect(played.report()).toMatchObject({ failedByMe: true, behavior: 'FAILED' })
  })

  it('takes events in their order alone', () => {
    const late: React = (frame, peer) => {
      if (frame.opcode === 9) peer.send({ opcode: 1 }, 'fragment1fragment2')
      if (frame.fin && frame.opcode === 0) peer.send({ opcode: 10 }, 'ping payload')
      if (frame.opcode === 8) echo(frame, peer)
    }
    expect(verdictOn('5.6', late)).toEqual(['FAILED', 'OK', null])
  })

  it.each([
    ['HTTP/1.1 404 Not Found\r\n\r\n', 'the upgrade was refused with 404'],
    ['HTTP/1.0 101 Yes\r\n\r\n', 'the response is not HTTP/1.1'],
    ['garbage\r\n\r\n', 'the response is not HTTP/1.1'],
    [
      'HTTP/1.1 101 Yes\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n',
      'Sec-WebSocket-Accept is wrong',
    ],
    [`HTTP/1.1 101 Yes\r\nX: ${'x'.repeat(70_000)}`, 'the head of the response is too long'],
  ])('fails a handshake such as %.30s', (head, reason) => {
    const report = play('1.1.1', silent, { head }).report()
    expect(verdict(report)).toEqual(['FAILED', 'FAILED', null])
    expect(report).toMatchObject({
      wasNotCleanReason: reason,
      droppedByMe: true,
      duration: 0,
      expectedClose: {},
    })
  })

  it.each([
    ['permessage-deflate; window=9'],
    ['permessage-deflate; server_max_window_bits=7'],
    ['permessage-deflate, permessage-deflate'],
    ['x-other'],
  ])('takes no extension such as %s', value => {
    const extras = [`Sec-WebSocket-Extensions: ${value}`]
    expect(verdictOn('12.1.1', echo, { extras })).toEqual(['FAILED', 'FAILED', null])
  })

  it('gives a silent peer 5 s for the handshake', () => {
    const played = play('1.1.1', silent, { head: 'HTTP/1.1 101' })
    played.pass(4999)
    expect(() => played.report()).toThrow()
    played.pass(1)
    expect(played.report()).toMatchObject({ behavior: 'FAILED', wasOpenHandshakeTimeout: true })
  })

  it('gives a case no more time than allowed', () => {
    const played = play('9.5.1', silent, { most: 3000 })
    played.pass(4000)
    expect(verdict(played.report())).toEqual(['FAILED', 'UNCLEAN', null])
  })

  it('does not wait for ever for a server that closes first and leaves TCP open', () => {
    const leaves: React = (_frame, peer) => {
      peer.send({ opcode: 8 }, code(1000))
    }
    expect(verdictOn('5.3', leaves)).toEqual(['FAILED', 'FAILED', 1000])
    expect(verdictOn('1.1.1', leaves)).toEqual(['FAILED', 'FAILED', 1000])
  })

  it('ends TCP over a message that cannot be inflated, or is another', () => {
    const extras = ['Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=9']
    const corrupt: React = (frame, peer) => {
      if (frame.opcode === 8) echo(frame, peer)
      else peer.send({ opcode: 1, rsv: 4 }, Buffer.from([0xff, 0xff]))
    }
    expect(verdictOn('12.1.1', corrupt, { extras })).toEqual(['FAILED', 'FAILED', null])
    const deflater = new Deflater({ windowBits: 9, contextTakeover: false })
    const other: React = (frame, peer) => {
      if (frame.opcode === 8) echo(frame, peer)
      else peer.send({ opcode: 1, rsv: 4 }, deflater.deflate(Buffer.from('x'.repeat(16))))
    }
    expect(verdictOn('12.1.1', other, { extras })).toEqual(['FAILED', 'OK', 1000])
  })

  it('keeps little of a peer that floods', () => {
    const played = play('2.1', silent, {
      greeting: peer => {
        for (let i = 0; i < 5000; i++) peer.send({ opcode: 10 }, 'x')
      },
    })
    played.pass(3000)
    const report = played.report()
    expect(report).toMatchObject({ behavior: 'FAILED', createWirelog: false })
    expect(report.received).toHaveLength(1000)
    expect(report.wirelog.length).toBeLessThan(2010)
  })

  it('does not take a Pong for a sign to close in groups with messages in turn, but closes', () => {
    const pongs: React = (frame, peer) => {
      peer.send({ opcode: 10 }, 'unasked')
      echo(frame, peer)
    }
    expect(verdictOn('9.7.2', pongs)).toEqual(['FAILED', 'OK', 1000])
  })
})

describe('the facts of a case', () => {
  it('tell a session what was on the wire, each side in its role', async () => {
    const session = new Session()
    play('1.2.2', echo, { facts: session })
    await session.end(0)
    const rows = Array.from({ length: session.log.next }, (_, row) => session.log.entry(row))
    const frames = rows.flatMap(row =>
      row.type === 'frame' ? [[row.from, row.opcode, row.maskingKey !== null]] : [],
    )
    expect(frames).toEqual([
      ['client', 2, true],
      ['server', 2, false],
      ['client', 8, true],
      ['server', 8, false],
    ])
    expect(rows.flatMap(row => (row.type === 'violation' ? [row.rule] : []))).toEqual([])
  })
})

/** Servers that mean no good: every replay ends, in bounded time and memory. */
import type net from 'node:net'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { backend } from '../support/loopback.ts'
import { opened, sent, tcp } from '../support/facts.ts'
import { upgradeResponse } from '../support/heads.ts'
import { join, octets } from '../support/octets.ts'
import { recordingOf, replayTo } from '../support/replays.ts'
import { close, frame, masked } from '../support/scripted-peer.ts'

const answer = frame(1, 'answer')
const session = [
  ...opened(),
  sent('client', frame(1, 'question', masked)),
  sent('server', answer),
  sent('client', frame(1, 'again', masked)),
  sent('server', answer),
  sent('client', close(1000, '', masked)),
  sent('server', close(1000)),
  tcp('server', 'fin'),
  tcp('client', 'fin'),
]

/** Plays the session against a server that does this to every socket. */
async function against(treat: (socket: net.Socket) => void, timeout = 0.2) {
  const sockets: net.Socket[] = []
  const port = await backend(socket => {
    sockets.push(socket)
    treat(socket)
  })
  const outcome = await replayTo(await recordingOf(session), String(port), { timeout, sameKey: true })
  return { ...outcome, sockets }
}

/** All that a good server says, and nothing waited for. */
const said = join([upgradeResponse(), answer, answer, close(1000)])

describe('a hostile server', () => {
  it('that never answers', async () => {
    const { ending, result } = await against(() => undefined)
    expect(ending).toMatchObject({ kind: 'timeout' })
    expect(result.heads.missing).toBe(1)
  })

  it('that leaves or resets at every octet', async () => {
    for (const how of ['fin', 'reset'] as const) {
      for (let length = 0; length <= said.length; length += 13) {
        const { ending, sockets } = await against(socket => {
          socket.on('error', () => undefined)
          socket.resume()
          socket.once('data', () => {
            socket.write(said.subarray(0, length), () =>
              how === 'fin' ? socket.end() : socket.resetAndDestroy(),
            )
          })
        }, 5)
        // What makes sense up to there is played; nothing is waited for.
        expect(ending.kind).toMatch(/early|done|stopped/)
        if (ending.kind === 'early') expect(ending.step.offset).toBeGreaterThan(0)
        const [socket] = sockets
        await vi.waitFor(() => {
          expect(socket?.destroyed ?? true).toBe(true)
        })
      }
    }
  })

  it('that sends garbage', async () => {
    for (const garbage of ['\x00\x01\x02', 'HTTP/1.1 200 OK\r\n\r\n', 'HTTP/9', '\r\n'.repeat(500)]) {
      const { ending } = await against(socket => socket.write(Buffer.from(garbage, 'latin1')))
      expect(ending.kind).toMatch(/timeout|stopped|early/)
    }
    const { ending } = await against(socket =>
      socket.write(join([upgradeResponse(), octets(0xff, 0xff, ...(Array(40).fill(0xff) as number[]))])),
    )
    expect(ending.kind).toBe('timeout')
  })

  it('that floods with pings and messages', async () => {
    const block = Buffer.alloc(64 * 1024, Buffer.from(frame(2, new Uint8Array(1000))))
    const pings = Buffer.alloc(64 * 1024, Buffer.from(frame(9, 'ping')))
    for (const flood of [pings, block]) {
      let written = 0
      const { ending, result } = await against(socket => {
        socket.on('error', () => undefined)
        socket.write(upgradeResponse())
        const write = () => {
          while (!socket.destroyed && socket.write(flood)) written += flood.length
        }
        socket.on('drain', write)
        write()
      })
      // Messages are cues, whatever they say: the replay may come to its end.
      expect(ending.kind).toMatch(/stopped|timeout|done/)
      expect(result.total).toBeGreaterThan(0)
      expect(written).toBeLessThan(512 * 1024 * 1024)
    }
  })

  it('that drips for ever', async () => {
    const { ending } = await against(socket => {
      socket.on('error', () => undefined)
      const head = upgradeResponse()
      let at = 0
      const drip = setInterval(() => {
        if (at < head.length) socket.write(head.subarray(at, ++at))
        else socket.write(frame(9, 'x'.repeat(125)))
      }, 1)
      onTestFinished(() => {
        clearInterval(drip)
      })
    }, 0.1)
    expect(ending).toMatchObject({ kind: 'timeout' })
  })

  it('that reads nothing', async () => {
    const large = frame(2, new Uint8Array(16 * 1024 * 1024), masked)
    const facts = [...opened(), sent('client', large), sent('client', frame(1, 'more', masked))]
    const port = await backend(socket => {
      socket.write(upgradeResponse())
      socket.pause()
    })
    const { ending } = await replayTo(await recordingOf(facts), String(port), { timeout: 0.3, sameKey: true })
    expect(ending).toMatchObject({
      kind: 'timeout',
      text: expect.stringContaining('took no octets') as string,
    })
  })

  it('that says all it has to say before it reads', async () => {
    const [question, answers] = [frame(2, new Uint8Array(64 * 1024), masked), 940]
    const answer = join(Array.from({ length: answers }, () => frame(1, 'a'.repeat(60))))
    const turns = Array.from({ length: 140 }, () => [sent('client', question), sent('server', answer)])
    const port = await backend(socket => {
      socket.pause()
      socket.write(upgradeResponse())
      // More than the system holds: it is taken when the replay has read most of it, while nobody reads what the replay writes.
      socket.write(join(turns.map(() => answer)), () => socket.resume())
    })
    const { result, ending } = await replayTo(
      await recordingOf([...opened(), ...turns.flat()]),
      String(port),
      {
        timing: 'fast',
        chopDelay: 0,
        sameKey: true,
      },
    )
    expect(ending).toEqual({ kind: 'done' })
    expect(result.messages).toMatchObject({ same: turns.length * answers, missing: 0, extra: 0 })
  })
})

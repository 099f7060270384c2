import { once } from 'node:events'
import net, { type AddressInfo } from 'node:net'
import { expect, it, vi } from 'vitest'
import { inspect } from '../../src/index.ts'
import { duplexPair } from '../support/duplex-pair.ts'
import { FactList } from '../support/fact-list.ts'
import { observe } from '../support/facts.ts'
import { handshake } from '../support/heads.ts'

it('relays two streams of a program, and tells what was on them', async () => {
  const [client, near] = duplexPair()
  const [far, server] = duplexPair()
  const list = new FactList()
  inspect(near, far, list, 7)
  const { request, response } = handshake('')
  client.write(request)
  expect(await once(server, 'data')).toEqual([Buffer.from(request)])
  server.end(response)
  expect(await once(client, 'data')).toEqual([Buffer.from(response)])
  client.end()
  await vi.waitFor(() => {
    expect(list.facts.filter(fact => fact.type === 'tcp')).toHaveLength(2)
  })
  expect(list.facts[0]).toMatchObject({ type: 'open', conn: 7, info: { client: 'client', server: 'server' } })
  expect(observe(list.facts).rows.lines.join('\n')).toMatch(/REQUEST[^]*REPLY/)
  expect(list.stream('client', 7)).toEqual(Buffer.from(request))
})

it('relays sockets', async () => {
  const echo = net.createServer(socket => socket.pipe(socket)).listen(0, '127.0.0.1')
  const list = new FactList()
  const relay = net.createServer({ allowHalfOpen: true }, socket => {
    const { port } = echo.address() as AddressInfo
    const target = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true }, () => {
      inspect(socket, target, list, 1)
    })
  })
  relay.listen(0, '127.0.0.1')
  await once(relay, 'listening')
  const client = net.connect((relay.address() as AddressInfo).port, '127.0.0.1')
  client.write('hello')
  expect(String((await once(client, 'data'))[0])).toBe('hello')
  client.end()
  await once(client, 'close')
  relay.close()
  echo.close()
  expect(list.facts.filter(fact => fact.type === 'tcp').map(fact => fact.state)).toEqual(['fin', 'fin'])
  expect(list.facts[0]).toMatchObject({
    info: { client: expect.stringMatching(/^127\.0\.0\.1:\d+$/) as string },
  })
})

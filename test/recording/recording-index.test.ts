import { spawn } from 'node:child_process'
import { readdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { constants, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import { indexRecording } from '../../src/recording/recording-index.ts'
import { FactList } from '../support/fact-list.ts'
import { header, read, temporary } from './support.ts'

const open = (conn: number, time: number) =>
  `{"type":"open","time":${time},"conn":${conn},"client":"a:${conn}","server":"b:2","url":"ws://b:2/","tls":false}\n`
const octets = (conn: number, from: string, offset: number, octets: Uint8Array, time: number) =>
  `{"type":"octets","time":${time},"conn":${conn},"from":"${from}","offset":${offset},"data":"${Buffer.from(octets).toString('base64')}"}\n`

/** What the connections of a file give, read one by one; notes without the folder of the file. */
async function indexed(content: string | Uint8Array, source?: string) {
  const path = source ?? (await temporary())
  if (source === undefined) await writeFile(path, content)
  const notes: string[] = []
  const index = await indexRecording(path, { onNote: note => notes.push(note.replace(/^.*\//, '')) })
  onTestFinished(() => index.close())
  const lists = new Map<number, FactList>()
  for (const { conn } of index.connections) {
    const list = new FactList()
    await index.read(conn, list)
    lists.set(conn, list)
  }
  return { index, notes, lists }
}

/** A line of a small recording, sound or not. */
const line = fc.oneof(
  {
    weight: 3,
    arbitrary: fc
      .record({ conn: fc.integer({ min: 1, max: 4 }), time: fc.nat(20) })
      .map(({ conn, time }) => open(conn, time)),
  },
  {
    weight: 9,
    arbitrary: fc
      .tuple(
        fc.integer({ min: 1, max: 4 }),
        fc.constantFrom('client', 'server'),
        fc.nat(30),
        fc.uint8Array({ maxLength: 20 }),
        fc.nat(20),
      )
      .map(args => octets(...args)),
  },
  fc
    .tuple(fc.integer({ min: 1, max: 4 }), fc.constantFrom('client', 'server'), fc.nat(20))
    .map(
      ([conn, from, time]) => `{"type":"tcp","time":${time},"conn":${conn},"from":"${from}","state":"fin"}\n`,
    ),
  fc
    .tuple(fc.integer({ min: 1, max: 4 }), fc.nat(40))
    .map(
      ([conn, offset]) =>
        `{"type":"gap","time":1,"conn":${conn},"from":"client","offset":${offset},"octets":3,"reason":"off"}\n`,
    ),
  fc.constantFrom('{"type":"later"}\n', '{"type":"open"}\n', '\n', '[[\n', '{"type":"frame"}\n'),
)

describe('an index of a recording', () => {
  it('gives of each connection what reading the whole gives of it, and the same notes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 60 }), fc.boolean(), async (lines, torn) => {
        const text = header + lines.join('')
        const content = torn ? text.slice(0, -1 - (text.length % 7)) : text
        if (content.length < header.length) return
        const path = await temporary()
        await writeFile(path, content)
        const { list, notes } = await read(path)
        const found = await indexed('', path)
        expect(found.notes).toEqual(notes)
        for (const connection of found.index.connections) {
          const own = list.facts.filter(fact => fact.conn === connection.conn)
          const opened = own.slice(own.findIndex(fact => fact.type === 'open'))
          expect(found.lists.get(connection.conn)).toEqual({ facts: opened, ended: list.ended })
          expect(connection.firstTime).toBe(opened[0]?.time)
          expect(connection.lastTime).toBe(Math.max(...opened.map(fact => fact.time)))
        }
      }),
      { numRuns: 60 },
    )
  })

  it('tells of a connection what it holds', async () => {
    const gap = '{"type":"gap","time":3,"conn":1,"from":"client","offset":2,"octets":8,"reason":"off"}\n'
    const { index } = await indexed(
      header +
        open(1, 1) +
        open(2, 1) +
        octets(1, 'client', 0, Buffer.from('ab'), 2) +
        gap +
        octets(1, 'server', 0, Buffer.from('c'), 5),
    )
    expect(index.header).toMatchObject({ version: 1, redacted: false })
    expect(index.connections.map(({ conn, lines }) => [conn, lines])).toEqual([
      [1, 4],
      [2, 1],
    ])
    expect(index.connections[0]).toMatchObject({
      info: { client: 'a:1' },
      firstTime: 1,
      lastTime: 5,
      octets: { client: 2, server: 1 },
      marks: { gap: 1 },
    })
  })

  it('reads long lines, far lines, and several connections at a time', async () => {
    const sizes = [3, 300_000, 20_000, 0, 70_000]
    const at = { 1: 0, 2: 0 }
    const lines = Array.from({ length: 40 }, (_, i) => {
      const conn = i % 3 === 0 ? 1 : 2
      const bytes = Buffer.alloc(sizes[i % sizes.length] ?? 0, i)
      at[conn] += bytes.length
      return octets(conn, 'server', at[conn] - bytes.length, bytes, i)
    })
    const path = await temporary()
    await writeFile(path, header + open(1, 0) + open(2, 0) + lines.join(''))
    const { list } = await read(path)
    const progress: [number, number][] = []
    const index = await indexRecording(path, {
      onNote: () => undefined,
      onProgress: (...step) => progress.push(step),
    })
    onTestFinished(() => index.close())
    const lists = [new FactList(), new FactList()] as const
    await Promise.all(lists.map((into, i) => index.read(i + 1, into)))
    for (const [i, { facts }] of lists.entries()) {
      const own = list.facts.filter(fact => fact.conn === i + 1)
      expect(facts.map(({ type, time }) => [type, time])).toEqual(own.map(({ type, time }) => [type, time]))
      expect(lists[i]?.stream('server', i + 1).equals(list.stream('server', i + 1))).toBe(true)
    }
    expect(progress.length).toBeGreaterThan(2)
    expect(progress.at(-1)?.[0]).toBe(progress.at(-1)?.[1])
  })

  it('waits for its consumer after every fact', async () => {
    const path = await temporary()
    await writeFile(path, header + open(1, 0) + open(2, 0) + octets(1, 'client', 0, Buffer.from('x'), 1))
    const index = await indexRecording(path, { onNote: () => undefined })
    onTestFinished(() => index.close())
    const list = new FactList()
    const order: number[] = []
    await index.read(1, list, {
      afterFact: async () => {
        await Promise.resolve()
        order.push(list.facts.length)
      },
    })
    expect(order).toEqual([1, 2])
  })

  it('is made of what is compressed, and leaves no file behind', async () => {
    const text = header + open(1, 0) + octets(1, 'client', 0, Buffer.from('hello'), 1)
    const plain = await indexed(text)
    const temporaries = async () => (await readdir(tmpdir())).filter(name => name.startsWith('wsinspect-'))
    const path = await temporary('out.ndjson.gz')
    await writeFile(path, gzipSync(text))
    const before = await temporaries()
    const { lists, notes } = await indexed('', path)
    expect(lists).toEqual(plain.lists)
    expect(notes).toEqual([])
    const after = await temporaries()
    expect(after.filter(name => !before.includes(name))).toEqual([])
    const flushed = gzipSync(text, { finishFlush: constants.Z_SYNC_FLUSH })
    await writeFile(path, Buffer.concat([flushed, Buffer.alloc(300)]))
    expect((await indexed('', path)).notes).toEqual([
      expect.stringMatching(/^out.ndjson.gz:4 \(octet \d+\): the compressed data is damaged from here on/),
    ])
  })

  it('is made of what comes through a pipe', async () => {
    const pipe = await temporary('pipe')
    await new Promise(resolve => spawn('mkfifo', [pipe]).on('close', resolve))
    const [{ lists }] = await Promise.all([
      indexed('', pipe),
      writeFile(pipe, header + open(1, 0) + octets(1, 'client', 0, Buffer.from('hello'), 1)),
    ])
    expect(lists.get(1)?.facts).toHaveLength(2)
  })

  it.each([
    ['{"tool":1}', /is not a recording: first line: "type" is not a string/],
    ['', /is not a recording: it is empty/],
    [header.replace('"version":1', '"version":99'), /it has version 99, version 1 is the newest known/],
  ])('is refused of %j', async (content, message) => {
    await expect(indexed(content)).rejects.toThrow(message)
  })

  it('is refused of what is not there', async () => {
    await expect(indexed('', '/nowhere/x.ndjson')).rejects.toThrow(
      'cannot read /nowhere/x.ndjson: there is no such file',
    )
    await expect(indexed('', tmpdir())).rejects.toThrow(/it is a directory/)
  })
})

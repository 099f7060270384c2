import { spawn } from 'node:child_process'
import { appendFile, writeFile } from 'node:fs/promises'
import { constants, gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { RecordingError } from '../../src/recording/errors.ts'
import { LineSplitter } from '../../src/recording/lines.ts'
import { readRecording } from '../../src/recording/read.ts'
import type { SessionLine } from '../../src/recording/format.ts'
import { FactList } from '../support/fact-list.ts'
import { header, read, readText, temporary } from './support.ts'

const open = '{"type":"open","time":0,"conn":1,"client":"a:1","server":"b:2","url":"ws://b:2/","tls":false}\n'
const octets = (offset: number, text: string, time = 1) =>
  `{"type":"octets","time":${time},"conn":1,"from":"client","offset":${offset},"data":"${Buffer.from(text).toString('base64')}"}\n`
const fin = '{"type":"tcp","time":3,"conn":1,"from":"client","state":"fin"}\n'
const end = '{"type":"end","time":4}\n'

const whole = header + open + octets(0, 'GET /') + octets(5, ' HTTP', 2) + fin + end

async function failure(content: string | Uint8Array): Promise<string> {
  const path = await temporary()
  await writeFile(path, content)
  const error: unknown = await read(path).catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(RecordingError)
  expect((error as RecordingError).failure).toBe('invalid')
  return (error as Error).message.replace(/\S*\//, '')
}

describe('a recording', () => {
  it('gives its facts', async () => {
    const headers: SessionLine[] = []
    const path = await temporary()
    await writeFile(path, whole)
    const { list, notes } = await read(path, { onHeader: line => headers.push(line) })
    const bytes = (text: string) => Uint8Array.from(Buffer.from(text))
    expect(list.facts).toEqual([
      {
        type: 'open',
        conn: 1,
        time: 0,
        info: { client: 'a:1', server: 'b:2', url: 'ws://b:2/', tls: false },
      },
      { type: 'octets', conn: 1, time: 1, from: 'client', bytes: bytes('GET /') },
      { type: 'octets', conn: 1, time: 2, from: 'client', bytes: bytes(' HTTP') },
      { type: 'tcp', conn: 1, time: 3, from: 'client', state: 'fin' },
    ])
    expect(list.ended).toBe(4)
    expect(notes).toEqual([])
    expect(headers).toEqual([JSON.parse(header)])
  })

  it('waits for its consumer after every fact', async () => {
    const path = await temporary()
    await writeFile(path, whole)
    const order: string[] = []
    const list = new FactList()
    await readRecording(path, list, {
      onNote: () => undefined,
      afterFact: async () => {
        order.push(`${list.facts.length}`)
        await Promise.resolve()
        order.push('waited')
      },
    })
    expect(order).toEqual(['1', 'waited', '2', 'waited', '3', 'waited', '4', 'waited'])
  })

  it.each([
    ['a byte order mark', '\ufeff' + whole],
    ['CR LF', whole.replaceAll('\n', '\r\n')],
    ['no line feed at its end', whole.slice(0, -1)],
    ['empty lines', whole.replaceAll('\n', '\n\n')],
    ['derived lines', whole.replaceAll('\n', '\n{"type":"frame","seq":1}\n')],
    ['gzip', gzipSync(whole)],
    ['gzip with NUL behind it', Buffer.concat([gzipSync(whole), Buffer.alloc(300)])],
    [
      'gzip in two members',
      Buffer.concat([gzipSync(header + open), gzipSync(whole.slice((header + open).length))]),
    ],
  ])('may have %s', async (_, content) => {
    const plain = await readText(whole)
    const { list, notes } = await readText(content)
    expect(list).toEqual(plain.list)
    expect(notes).toEqual([])
  })

  it('is used up to where it is cut, wherever that is', async () => {
    const lengths = whole.split('\n').map(line => line.length)
    for (let cut = 0; cut < whole.length; cut++) {
      const text = whole.slice(0, cut)
      if (cut < header.length - 1) {
        expect(await failure(text)).toMatch(/^out.ndjson is not a recording: (first line: |it is empty)/)
        continue
      }
      const { list, notes } = await readText(text)
      // A line that lacks its line feed only is whole.
      const used = whole.slice(0, cut + 1).split('\n').length - 2
      const start = lengths.slice(0, used + 1).reduce((sum, length) => sum + length + 1, 0)
      expect(list.facts).toHaveLength(Math.min(used, 4))
      expect(list.ended).toBe(used === 5 ? 4 : (list.facts.at(-1)?.time ?? 0))
      expect(notes).toEqual(cut > start ? [`out.ndjson:${used + 2} (octet ${start}): torn line ignored`] : [])
    }
  })

  it('is used up to where its compression is cut, or damaged', async () => {
    const lines = Array.from({ length: 400 }, (_, i) => octets(4 * i, String(i).padStart(4)))
    const compressed = gzipSync(header + open + lines.join(''))
    const cut = await readText(compressed.subarray(0, compressed.length / 2))
    expect(cut.list.facts.length).toBeGreaterThan(50)
    expect(cut.notes).toEqual([expect.stringMatching(/^out.ndjson:\d+ \(octet \d+\): torn line ignored$/)])
    const flushed = gzipSync(whole, { finishFlush: constants.Z_SYNC_FLUSH })
    const damaged = await readText(Buffer.concat([flushed, Buffer.alloc(500)]))
    expect(damaged.list).toEqual((await readText(whole)).list)
    expect(damaged.notes).toEqual([
      `out.ndjson:7 (octet ${whole.length}): the compressed data is damaged from here on`,
    ])
  })

  it('may end in a run of NUL', async () => {
    for (const tail of ['\0'.repeat(5000), octets(10, 'x').slice(0, 30) + '\0'.repeat(5000)]) {
      const { list, notes } = await readText(whole + tail)
      expect(list.facts).toHaveLength(4)
      expect(notes).toEqual([`out.ndjson:7 (octet ${whole.length}): torn line ignored`])
    }
  })

  it('may come through standard input', async () => {
    const path = await temporary()
    await writeFile(path, whole)
    const child = spawn('cat', [path])
    const stdin = Object.getOwnPropertyDescriptor(process, 'stdin')!
    Object.defineProperty(process, 'stdin', { value: child.stdout, configurable: true })
    try {
      const { list } = await read('-')
      expect(list.facts).toHaveLength(4)
    } finally {
      Object.defineProperty(process, 'stdin', stdin)
    }
  })
})

describe('a line that is wrong', () => {
  it.each([
    ['not JSON', 'hello\n', 'not JSON'],
    ['nested', '['.repeat(100_000) + '\n', 'nested too deeply'],
    ['of wrong types', open.replace('"conn":1', '"conn":"1"'), '"conn" is not a connection number'],
    [
      'of a connection that is not open',
      octets(0, 'x').replace('"conn":1', '"conn":2'),
      'connection 2 is not open',
    ],
    [
      'a mark of such a connection',
      '{"type":"redacted","time":1,"conn":2,"from":"client","offset":0,"octets":1}\n',
      'connection 2 is not open',
    ],
    ['a second opening', open, 'connection 1 is open already'],
    ['with octets that came before', octets(3, 'xx'), '"offset" is 3, octets up to 5 came before'],
    [
      'with a gap over octets that came',
      '{"type":"gap","time":1,"conn":1,"from":"client","offset":0,"octets":9,"reason":"queue"}\n',
      '"offset" is 0, octets up to 5 came before',
    ],
  ])('is skipped: %s', async (_, line, reason) => {
    const before = header + open + octets(0, 'GET /')
    const { list, notes } = await readText(before + line + whole.slice(before.length))
    expect(list).toEqual((await readText(whole)).list)
    expect(notes).toEqual([`out.ndjson:4 (octet ${before.length}): ${reason}`])
  })

  it('is noted ten times at most', async () => {
    const { notes } = await readText(header + 'x\n'.repeat(200) + '{"type":"later"}\n'.repeat(3))
    expect(notes).toHaveLength(12)
    expect(notes.slice(9)).toEqual([
      `out.ndjson:11 (octet ${header.length + 18}): not JSON`,
      'out.ndjson: 190 more lines skipped',
      'out.ndjson: 3 lines of unknown types ignored',
    ])
  })

  it('does no harm with its keys', async () => {
    const line = octets(0, 'x').replace('{', '{"__proto__":{"polluted":1},"toString":7,')
    const { list } = await readText(header + open + line)
    expect(list.stream('client').toString()).toBe('x')
    expect('polluted' in {}).toBe(false)
  })

  it('longer than the limit is not kept', () => {
    const splitter = new LineSplitter(10)
    const lines = ['12345', '67890\n1234567890', '1', '2\nabc'].flatMap(chunk => [
      ...splitter.push(Buffer.from(chunk)),
    ])
    lines.push(...splitter.end())
    expect(lines.map(line => ({ ...line, octets: line.octets?.toString() ?? null }))).toEqual([
      { octets: '1234567890', number: 1, offset: 0, length: 10, whole: true },
      { octets: null, number: 2, offset: 11, length: 12, whole: true },
      { octets: 'abc', number: 3, offset: 24, length: 3, whole: false },
    ])
  })

  it('of more than 64 MiB is refused', async () => {
    const path = await temporary()
    const long = Buffer.alloc(65 * 1024 * 1024, 'x')
    const parts = [
      header + open + octets(0, 'GET /'),
      long,
      '\n' + whole.slice((header + open + octets(0, 'GET /')).length),
    ]
    await writeFile(path, Buffer.concat(parts.map(part => Buffer.from(part))))
    const { list, notes } = await read(path)
    expect(list.facts).toHaveLength(4)
    expect(notes).toEqual([`out.ndjson:4 (octet ${parts[0]?.length}): longer than 64 MiB`])
  })
})

describe('what is missing', () => {
  it('is a gap', async () => {
    const { list, notes } = await readText(header + open + octets(0, 'ab') + octets(10, 'cd', 2))
    expect(list.facts[2]).toEqual({
      type: 'mark',
      conn: 1,
      time: 2,
      from: 'client',
      mark: { type: 'gap', offset: 2, octets: 8, reason: 'missing' },
    })
    expect(list.stream('client').toString()).toBe('abcd')
    expect(notes).toEqual([])
  })

  it('in front of a gap is one too', async () => {
    const gap = '{"type":"gap","time":1,"conn":1,"from":"client","offset":5,"octets":5,"reason":"http"}\n'
    const { list } = await readText(header + open + gap + octets(10, 'x'))
    expect(list.marks()).toEqual([
      { type: 'gap', offset: 0, octets: 5, reason: 'missing' },
      { type: 'gap', offset: 5, octets: 5, reason: 'http' },
    ])
  })
})

describe('time', () => {
  it('never goes back within a connection', async () => {
    const { list, notes } = await readText(
      header + open + octets(0, 'a', 5) + octets(1, 'b', 2) + octets(2, 'c', 6),
    )
    expect(list.facts.map(fact => fact.time)).toEqual([0, 5, 5, 6])
    expect(list.ended).toBe(6)
    expect(notes).toEqual(['out.ndjson: 1 times went back and were held'])
  })
})

describe('a connection', () => {
  it('is forgotten when both sides ended; what its sockets say after that passes', async () => {
    const closed = fin.replace('client', 'server').replace('fin', 'closed')
    const { list, notes } = await readText(header + open + fin + closed + closed + open)
    expect(list.facts.map(fact => fact.type)).toEqual(['open', 'tcp', 'tcp', 'tcp', 'open'])
    expect(notes).toEqual([])
  })
})

describe('what is no recording', () => {
  it.each([
    ['', 'out.ndjson is not a recording: it is empty'],
    ['\n' + whole, 'out.ndjson is not a recording: first line: not JSON'],
    ['hello', 'out.ndjson is not a recording: first line: not JSON'],
    ['{"name":"config"}\n', 'out.ndjson is not a recording: first line: "type" is not a string'],
    [open, 'out.ndjson is not a recording: first line: "type" is not "session"'],
    [
      header.replace('false', '0'),
      'out.ndjson is not a recording: first line: "redacted" is not true or false',
    ],
    [Buffer.from([0x1f]), 'out.ndjson is not a recording: first line: not JSON'],
    [
      Buffer.from([0x1f, 0x8b, 0xff, 0xff, 0xff]),
      'out.ndjson is not a recording: its compression is damaged',
    ],
    [
      header.replace('"version":1', '"version":99'),
      'cannot read out.ndjson: it has version 99, version 1 is the newest known here (use a newer wsinspect)',
    ],
  ])('%#', async (content, message) => {
    expect(await failure(content)).toBe(message)
  })

  it('is told from what cannot be read', async () => {
    const path = await temporary()
    await expect(read(path)).rejects.toMatchObject({
      failure: 'unreadable',
      message: `cannot read ${path}: there is no such file`,
    })
    const folder = path.slice(0, path.lastIndexOf('/'))
    await expect(read(folder)).rejects.toMatchObject({
      failure: 'unreadable',
      message: `cannot read ${folder}: it is a directory`,
    })
  })

  it('ends a recording: another one', async () => {
    const { list, notes } = await readText(whole + whole)
    expect(list).toEqual((await readText(whole)).list)
    expect(notes).toEqual([
      `out.ndjson:7 (octet ${whole.length}): another recording begins here; it is ignored`,
    ])
  })

  it('lets an error of its consumer pass', async () => {
    const path = await temporary()
    await writeFile(path, whole)
    const list = new FactList()
    list.tcp = () => {
      throw new Error('full')
    }
    await expect(readRecording(path, list, { onNote: () => undefined })).rejects.toThrow('full')
  })
})

describe('a recording that still grows', () => {
  it.each(['out.ndjson', 'out.ndjson.gz'])('is read on until that is aborted: %s', async name => {
    const path = await temporary(name)
    const packed = (text: string) => {
      const gzip = name.endsWith('.gz')
      return gzip ? gzipSync(text) : text
    }
    await writeFile(path, packed(header))
    const { signal, abort } = abortable()
    const list = new FactList()
    let onFact: (() => void) | null = null
    const fact = () => new Promise<void>(resolve => (onFact = resolve))
    const opened = fact()
    const reading = readRecording(path, list, {
      onNote: () => undefined,
      follow: signal,
      afterFact: () => {
        onFact?.()
        return undefined
      },
    })
    const lines = whole.split('\n').slice(1)
    await appendFile(path, packed(`${lines[0] ?? ''}\n${(lines[1] ?? '').slice(0, 20)}`))
    await opened
    const next = fact()
    expect(list.facts).toHaveLength(1)
    await appendFile(path, packed(`${(lines[1] ?? '').slice(20)}\n`))
    await next
    abort()
    await reading
    expect(list.facts).toEqual((await readText(whole)).list.facts.slice(0, 2))
  })
})

function abortable() {
  const controller = new AbortController()
  return {
    signal: controller.signal,
    abort: () => {
      controller.abort()
    },
  }
}

/** `wsinspect cut`, `merge`, `anonymize` and `check` as processes, and what they write in the hands of other commands. */
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  closeSync,
  existsSync,
  linkSync,
  openSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { anonymize } from '../../src/commands/anonymize.ts'
import { cut } from '../../src/commands/cut.ts'
import { merge } from '../../src/commands/merge.ts'
import type { RewriteOptions } from '../../src/commands/rewriting.ts'
import { divertMessages } from '../../src/commands/terminal.ts'
import { UserError } from '../../src/errors.ts'
import { header, linesOf, read } from '../recording/support.ts'
import { opened, sent, tcp, type Fact } from '../support/facts.ts'
import { echoServer } from '../support/loopback.ts'
import { recordingOf } from '../support/replays.ts'
import { bin, temporaryFolder, wsinspect } from '../support/run.ts'
import { close, frame, masked } from '../support/scripted-peer.ts'

const violations = 'recordings/violations.ndjson'
const tour = 'recordings/tour.ndjson'

async function run(...args: string[]) {
  return pipe('', ...args)
}

/** The same with `input` on stdin. */
async function pipe(input: string | Buffer, ...args: string[]) {
  const child = wsinspect(...args)
  child.child.stdin.on('error', () => undefined).end(input)
  const code = await child.exit
  return { code, out: child.stdout(), err: child.stderr() }
}

/** Calls a command without a process of its own, which takes a while. Resolves with how it fails, or null. */
async function called(command: () => Promise<void>): Promise<Pick<UserError, 'exitCode' | 'message'> | null> {
  divertMessages(() => undefined)
  try {
    await command()
    return null
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    return { exitCode: error.exitCode, message: error.message }
  } finally {
    divertMessages(null)
  }
}

/** A file of this test's own, with `content` where that is given. */
function file(name = 'out.ndjson', content?: string | Buffer): string {
  const path = join(temporaryFolder(), name)
  if (content !== undefined) writeFileSync(path, content)
  return path
}

/** Numbers of the connections in a recording. */
async function connectionsOf(path: string): Promise<number[]> {
  const { list, notes } = await read(path)
  expect(notes).toEqual([])
  return [...new Set(list.facts.map(({ conn }) => conn))]
}

/** Two questions and their answers, each a second after the one before. */
const chat: Fact[] = [
  ...opened(),
  ...['one', 'two', 'three'].flatMap((text, i) => [
    sent('client', frame(1, text.repeat(3000), masked), 1000 * (i + 1)),
    sent('server', frame(1, text.repeat(3000)), 1000 * (i + 1) + 100),
  ]),
  sent('client', close(1000, '', masked), 4000),
  sent('server', close(1000), 4001),
  tcp('server', 'fin', 4002),
  tcp('client', 'fin', 4003),
]

describe('wsinspect log --json --octets', () => {
  it.each([violations, 'test/fixtures/peers/websocket-client.ndjson.gz'])(
    'prints %s as a recording that is sound and has the same facts',
    async path => {
      const { code, out, err } = await run('log', '--json', '--octets', path)
      expect([code, err]).toEqual([0, ''])
      expect(await pipe(out, 'check', '-')).toMatchObject({ code: 0 })
      const [before, after] = [(await read(path)).list, (await read(file('log.ndjson', out))).list]
      expect(after.facts).toEqual(before.facts)
      expect(after.ended).toBe(before.ended)
    },
  )
})

describe('wsinspect cut', () => {
  it.each([
    [{ conn: '3' }, [3]],
    [{ conn: '9, 1-2,5-5' }, [1, 2, 5, 9]],
    [{ filter: 'rule:mask.missing | rule:opcode' }, [1, 3]],
    [{ from: '200', to: '0.26s' }, [2, 3]],
    [{ to: '210ms', conn: '2' }, [2]],
  ])('%j keeps connections %j, with their numbers and times', async (options, kept) => {
    const out = file()
    expect(await called(() => cut(violations, { ...options, output: out }))).toBe(null)
    expect(await connectionsOf(out)).toEqual(kept)
    expect(statSync(out).mode & 0o777).toBe(0o600)
    const [before, after] = [(await read(violations)).list, (await read(out)).list]
    for (const fact of after.facts.filter(({ type }) => type !== 'mark'))
      expect(before.facts).toContainEqual(fact)
  })

  it('takes a time of the day on which the recording began, and stdin, compressed or not', async () => {
    const path = await recordingOf(chat)
    const { started } = JSON.parse(readFileSync(path, 'utf8').split('\n', 1)[0]!) as { started: string }
    const timeAt = (since: number) => new Date(Date.parse(started) + since).toTimeString().slice(0, 8)
    const out = file('out.ndjson.gz')
    const piped = await pipe(
      gzipSync(readFileSync(path)),
      ...['cut', '-', '-o', out, '--from', timeAt(2000), '--to', timeAt(3000)],
    )
    expect(piped.code).toBe(0)
    expect([...readFileSync(out).subarray(0, 2)]).toEqual([0x1f, 0x8b])
    const { list } = await read(out)
    expect(list.facts.flatMap(({ type, time }) => (type === 'octets' && time > 1100 ? [time] : []))).toEqual([
      2000, 2100, 3000,
    ])
  })

  it('in the middle of a connection has its heads, and its frames from there', async () => {
    const out = file()
    expect(await run('cut', await recordingOf(chat), '-o', out, '--from', '3s')).toMatchObject({ code: 0 })
    const { code, out: rows, err } = await run('log', out)
    expect([code, err]).toEqual([0, ''])
    expect(rows).toMatch(/REQUEST[^]*REPLY[^]*TEXT .*"threethree[^]*TEXT .*"threethree[^]*CLOSE[^]*VERDICT/)
    expect(rows).not.toMatch(/"twotwo|ERROR|WARNING/)
    expect(await run('check', out)).toMatchObject({ code: 0 })
  })

  it('to one connection is what replay client needs', async () => {
    const { listener } = await echoServer()
    const path = await recordingOf([...chat, ...chat.map(fact => ({ ...fact, conn: 2 }))])
    expect(await run('replay', 'client', path, String(listener.port))).toMatchObject({ code: 2 })
    const out = file()
    expect(await run('cut', path, '--conn', '2', '-o', out)).toMatchObject({ code: 0 })
    const { code, out: told } = await run('replay', 'client', out, String(listener.port))
    expect([code, told]).toEqual([0, expect.stringContaining('connection 2: no difference')])
  })

  it.each([
    [{ conn: 'one' }, '--conn takes numbers, such as 1,3-5, not one'],
    [{ conn: '5-3' }, '--conn takes numbers'],
    [{ conn: '' }, '--conn takes numbers'],
    [{ from: 'yesterday' }, 'a time is such as 1500, 1.5s or 12:00:01, not yesterday'],
    [{ to: '25:00' }, 'a time is such as'],
    [{ filter: 'op:foo' }, 'filter column 4'],
  ])('%j is a usage error, and makes no file', async (options, hint) => {
    const output = file()
    const refusal = await called(() => cut(violations, { ...options, output }))
    expect(refusal?.exitCode).toBe(2)
    expect(refusal?.message).toContain(hint)
    expect(existsSync(output)).toBe(false)
  })

  it('says what is wrong in one line', async () => {
    const { code, err } = await run('cut', violations, '-o', file(), '--conn', 'x\x1b')
    expect([code, err]).toEqual([2, 'wsinspect: --conn takes numbers, such as 1,3-5, not x\\x1b\n'])
    expect(await run('cut', violations, '-o', '-')).toMatchObject({ code: 2 })
  })
})

describe('a file that is written', () => {
  const commands = {
    cut,
    merge: (source: string, options: RewriteOptions) => merge([tour, source], options),
    anonymize,
  }

  it.each(Object.entries(commands))(
    'by %s is never one that is read, whatever it is called',
    async (_, command) => {
      const path = file('kept.ndjson', readFileSync(tour))
      const [link, symlink] = [`${path}.hard`, `${path}.soft`]
      linkSync(path, link)
      symlinkSync(path, symlink)
      for (const output of [path, link, symlink]) {
        const message = `cannot write to ${output}: it is read (give another name)`
        expect(await called(() => command(path, { output, force: true }))).toEqual({ exitCode: 2, message })
      }
      expect(readFileSync(path)).toEqual(readFileSync(tour))
    },
  )

  it('is not the one that stdin is', () => {
    const path = file('kept.ndjson', readFileSync(tour))
    const stdin = openSync(path, 'r')
    const child = spawnSync(process.execPath, [bin, 'cut', '-', '-o', path, '--force'], {
      stdio: [stdin, 'ignore', 'pipe'],
    })
    closeSync(stdin)
    expect([child.status, child.stderr.toString()]).toEqual([
      2,
      `wsinspect: cannot write to ${path}: it is read (give another name)\n`,
    ])
    expect(readFileSync(path)).toEqual(readFileSync(tour))
  })

  it.each(Object.entries(commands))(
    'by %s is overwritten with --force only, and then for its user alone',
    async (_, command) => {
      const output = file('kept.ndjson', 'precious')
      chmodSync(output, 0o644)
      const refusal = await called(() => command(violations, { output }))
      expect(refusal?.exitCode).toBe(2)
      expect(refusal?.message).toContain('--force')
      expect(readFileSync(output, 'utf8')).toBe('precious')
      expect(await called(() => command(violations, { output, force: true }))).toBe(null)
      expect(statSync(output).mode & 0o777).toBe(0o600)
      expect((await read(output)).notes).toEqual([])
    },
  )

  it.each(Object.entries(commands))('by %s is not made where there is no recording', async (_, command) => {
    const output = file()
    const noRecording = file('other.ndjson', '{"port":9000}\n')
    for (const source of [noRecording, `${noRecording}.gone`]) {
      const refusal = await called(() => command(source, { output }))
      expect(refusal?.exitCode).toBe(3)
      expect(refusal?.message).toContain(source)
    }
    expect(existsSync(output)).toBe(false)
  })
})

describe('wsinspect merge', () => {
  it('makes one recording of two, of which stats counts all', async () => {
    const out = file('both.ndjson.gz')
    const first = await recordingOf(chat)
    const { code } = await pipe(readFileSync(violations), 'merge', first, '-', '-o', out)
    expect(code).toBe(0)
    expect(await connectionsOf(out)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    const octets = async (path: string) => {
      const { client, server } = JSON.parse((await run('stats', '--json', path)).out) as Record<
        'client' | 'server',
        { frames: { byOpcode: Record<number, number> }; octets: number }
      >
      return [client, server].map(({ frames }) =>
        Object.values(frames.byOpcode).reduce((sum, count) => sum + count, 0),
      )
    }
    const [one, other, both] = [await octets(first), await octets(violations), await octets(out)]
    expect(both).toEqual(one.map((count, i) => count + (other[i] ?? 0)))
  })

  it('reads stdin once', async () => {
    const { code, err } = await pipe(readFileSync(tour), 'merge', '-', '-', '-o', file())
    expect([code, err]).toEqual([2, expect.stringContaining('stdin can be one of them')])
  })
})

describe('wsinspect anonymize', () => {
  it('leaves nothing of what was said', async () => {
    const secret = 'the secret of the house'
    const path = await recordingOf([
      ...opened(),
      sent('client', frame(1, secret, masked), 10),
      sent('server', frame(2, secret), 20),
    ])
    const out = file()
    expect(await pipe(readFileSync(path), 'anonymize', '-', '-o', out)).toMatchObject({ code: 0 })
    expect(JSON.parse((await linesOf(out))[0]!)).toMatchObject({ redacted: true })
    const { list } = await read(out)
    expect(list.stream('client').length).toBe((await read(path)).list.stream('client').length)
    const { out: rows } = await run('log', out)
    expect(rows).toMatch(/TEXT .*len=23/)
    expect(rows).not.toMatch(/secret|house|localhost/)
    expect(list.stream('server').toString('latin1')).not.toContain('secret')
  })

  it('keeps a fault: with the same key, a server answers the same violations in the same way', async () => {
    const { listener } = await echoServer()
    const [anonymized, again] = [file('anonymized.ndjson'), file('again.ndjson')]
    expect(await run('anonymize', violations, '-o', anonymized)).toMatchObject({ code: 0 })
    const args = [anonymized, String(listener.port), '--same-key', '-w', again]
    const { code, out } = await run('replay', 'client', ...args, '--conn', 'all')
    // The reasons that the server gives are other texts now: nothing else may differ.
    expect(code).toBe(1)
    expect(out.match(/^connection \d: 1 difference$/gm)).toHaveLength(9)
    const codes = [...out.matchAll(/^ +(?:recorded|replayed) +(\d{4}) /gm)].map(([, found]) => found)
    expect(codes).toEqual(
      ['1002', '1002'].flatMap(found => Array<string>(7).fill(found)).concat('1007', '1007', '1002', '1002'),
    )
    const rulesOf = async (path: string) =>
      (await run('log', '--json', '-f', 'is:bad from:client', path)).out
        .trimEnd()
        .split('\n')
        .map(line => JSON.parse(line) as { rule: string; detail: string })
        .map(({ rule, detail }) => `${rule}: ${detail}`)
    const rules = await rulesOf(violations)
    expect(rules).toHaveLength(9)
    expect((await rulesOf(again)).sort()).toEqual(rules.sort())
  })

  it('gives up the credentials of a handshake only: replay asks for them and for nothing else', async () => {
    const { listener } = await echoServer()
    const withHeaders = (...lines: string[]) => {
      const [open, request, ...rest] = chat
      if (request?.type !== 'octets') throw new Error('no request')
      const text = Buffer.from(request.bytes).toString('latin1').slice(0, -2)
      return [
        open!,
        {
          ...request,
          bytes: Buffer.from(`${text}${lines.map(line => `${line}\r\n`).join('')}\r\n`, 'latin1'),
        },
        ...rest,
      ]
    }
    const replayed = async (...lines: string[]) => {
      const out = file()
      await run('anonymize', await recordingOf(withHeaders(...lines)), '-o', out)
      return run('replay', 'client', out, String(listener.port))
    }
    const personal = ['Origin: http://shop.example', 'X-Customer: anna']
    // An echo of other text is the same other text.
    expect(await replayed(...personal)).toMatchObject({ code: 0 })
    const refused = await replayed(...personal, 'Cookie: sid=1')
    expect(refused.code).toBe(2)
    expect(refused.out + refused.err).toContain(
      'credentials were overwritten when recording: Cookie (give -H "Cookie: …")',
    )
  })
})

describe('wsinspect check', () => {
  const torn = `${header}{"type":"open","time":0,"conn":1,"client":"a:1","server":"b:2","url":"ws://b:2/","tls":false}\n{"type":"oct`

  it('exits 0 for what is sound, 1 for what is damaged, 3 for what is none: the gravest of several', async () => {
    const [damaged, none] = [file('torn.ndjson', torn), file('none.ndjson', 'no recording\n')]
    const sound = await run('check', tour)
    expect(sound).toEqual({ code: 0, out: `${tour}: sound (65 lines)\n`, err: '' })
    expect(await run('check', tour, damaged)).toMatchObject({ code: 1 })
    const all = await run('check', none, damaged, tour, `${none}.gone`)
    expect([all.code, all.err]).toEqual([3, ''])
    expect(all.out.trimEnd().split('\n')).toEqual([
      `${none} is not a recording: first line: not JSON`,
      `${damaged}:3 (octet ${torn.lastIndexOf('\n') + 1}): torn line ignored`,
      expect.stringMatching(`^${damaged}:4 .*: it was not closed in order`),
      `${damaged}: damaged (2 faults, 3 lines)`,
      `${tour}: sound (65 lines)`,
      `cannot read ${none}.gone: there is no such file`,
    ])
  })

  it('reads stdin, and tells of compression that is cut', async () => {
    const zipped = gzipSync(readFileSync(violations))
    expect(await pipe(zipped, 'check', '-')).toMatchObject({ code: 0 })
    const { code, out } = await pipe(zipped.subarray(0, 2000), 'check', '-')
    expect(code).toBe(1)
    expect(out).toMatch(/^stdin:\d+ \(octet \d+\): /)
  })

  it('prints JSON lines', async () => {
    const path = file('torn.ndjson', torn)
    const { code, out } = await run('check', '--json', path)
    expect(code).toBe(1)
    const lines = out.trimEnd().split('\n')
    expect(lines.map(line => JSON.parse(line) as unknown)).toEqual([
      expect.objectContaining({ type: 'damage', file: path, kind: 'torn', line: 3 }),
      expect.objectContaining({ type: 'damage', file: path, kind: 'no end', line: 4 }),
      { type: 'check', file: path, result: 'damaged', lines: 3, unknown: 0, faults: 2, reason: null },
    ])
  })
})

describe('of a recording that was cut off', () => {
  const open = '{"type":"open","time":0,"conn":1,"client":"a:1","server":"b:2","url":"ws://b:2/","tls":false}'
  const chop = '{"type":"octets","time":5,"conn":1,"from":"client","offset":0,"data":"R0VUIC8g"}'
  const torn = '{"type":"octets","time":7,"conn":1,"from":"client","offset":6,"data":"SFRUUC8xLj'
  const commands = {
    cut,
    merge: (source: string, options: RewriteOptions) => merge([source, tour], options),
    anonymize,
  }

  it.each(Object.entries(commands))('%s says that more followed', async (_, command) => {
    const path = file('torn.ndjson', `${header}${open}\n${chop}\n${torn}`)
    const output = file()
    expect(await called(() => command(path, { output }))).toBe(null)
    const lines = await linesOf(output)
    const gap = { type: 'gap', from: 'client', offset: 6, octets: 7, reason: 'torn' }
    expect(lines.map(line => JSON.parse(line) as unknown)).toContainEqual(expect.objectContaining(gap))
    expect(lines.at(-1)).not.toContain('"end"')
    const check = await run('check', output)
    expect([check.code, check.out]).toEqual([1, expect.stringContaining('it was not closed in order')])
    // What is written of that says it too.
    const again = file()
    expect(await called(() => command(output, { output: again }))).toBe(null)
    expect((await linesOf(again)).at(-1)).not.toContain('"end"')
  })

  it('the part before is whole', async () => {
    const path = file('torn.ndjson', `${header}${open}\n${chop}\n${torn}`)
    const output = file()
    expect(await called(() => cut(path, { output, to: '4' }))).toBe(null)
    expect((await linesOf(output)).at(-1)).toBe('{"type":"end","time":4}')
  })

  it.each([
    '{"type":"oct',
    '{"type":"octets","time":7,"conn":9,"from":"client","offset":0,"data":"AA',
    '\0\0',
  ])('whatever is left of its last line: %j', async rest => {
    const output = file()
    expect(await called(() => cut(file('torn.ndjson', `${header}${open}\n${rest}`), { output }))).toBe(null)
    expect((await linesOf(output)).map(line => (JSON.parse(line) as { type: string }).type)).toEqual([
      'session',
      'open',
    ])
  })
})

describe('a hostile recording', () => {
  const hostile = [
    '['.repeat(100_000),
    '{"type":"octets","type":"tcp","time":0,"time":"0","conn":1}',
    '{"__proto__":{"type":"open"},"type":"octets","time":0,"conn":1,"from":"__proto__","offset":0,"data":"AAAA"}',
  ]

  /** Plays against an echo, and reads in all other ways. */
  async function readInAllWays(path: string) {
    const { listener } = await echoServer()
    const play = ['--timing', 'recorded', '--max-delay', '1', '--timeout', '5']
    return {
      check: await run('check', path),
      log: await run('log', path),
      diff: await run('diff', path, path),
      replay: await run('replay', 'client', path, String(listener.port), ...play),
    }
  }

  it('is read and played without the lines that are wrong, which are told; ten years are a second', async () => {
    const decade = 315_360_000_000
    const late = chat.map(fact => (fact.time >= 4000 ? { ...fact, time: fact.time + decade } : fact))
    const lines = await linesOf(
      await recordingOf(late.map(fact => ({ ...fact, time: Math.floor(fact.time / 1000) }))),
    )
    const text = [...lines.slice(0, 4), ...hostile, ...lines.slice(4, -1)].map(line => `${line}\n`).join('')
    const { check, ...others } = await readInAllWays(file('hostile.ndjson', `${text}${'\0'.repeat(5000)}`))
    expect(check.code).toBe(1)
    const faults = [...check.out.matchAll(/:(\d+) \(octet (\d+)\): (.*)/g)]
    expect(faults.map(([, line, , reason]) => `${line}: ${reason}`)).toEqual([
      '5: nested too deeply',
      '6: "time" is not a time in milliseconds',
      '7: "from" is not "client" or "server"',
      `${lines.length + 3}: torn line ignored`,
      expect.stringContaining('it was not closed in order'),
    ])
    for (const [, , offset] of faults.slice(0, 3)) expect(text[Number(offset) - 1]).toBe('\n')
    for (const { code, err } of Object.values(others)) {
      expect(code).toBe(0)
      expect(err).toMatch(/:5 \(octet \d+\): nested too deeply\n/)
      expect(err).toContain(': torn line ignored')
    }
    expect(others.replay.err).toContain('s is cut to 1 s (--max-delay)')
    expect(others.replay.out).toContain('connection 1: no difference')
  })

  it('of a version to come is refused', async () => {
    const path = file('later.ndjson', header.replace('"version":1', '"version":99'))
    const { check, ...others } = await readInAllWays(path)
    expect(check.code).toBe(3)
    for (const { code, err } of Object.values(others)) {
      expect(code).toBe(3)
      expect(err).toMatch(/^wsinspect: cannot read .*: it has version 99, .*\(use a newer wsinspect\)\n$/)
    }
  })
})

/** `wsinspect report`, and its pages in a real browser. */
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { encodeFrame } from '../../src/protocol/frame-encoder.ts'
import { recordingOf } from '../fuzz/record.ts'
import { histogramFigure } from '../../src/report/histogram.ts'
import { style } from '../../src/report/style.ts'
import type { HistogramSummary } from '../../src/wire/stats/histogram.ts'
import { hasChromium, openBrowser } from '../support/browser.ts'
import { connectionInfo, opened, sent, tcp, type Fact } from '../support/facts.ts'
import { join as joined, octets } from '../support/octets.ts'
import { temporaryFolder, wsinspect } from '../support/run.ts'

const recordings = new URL('../../recordings/', import.meta.url).pathname
const tour = join(recordings, 'tour.ndjson')
const single = join(recordings, 'autobahn-5.20.ndjson')

async function report(...args: string[]) {
  const run = wsinspect('report', ...args)
  const code = await run.exit
  return { code, out: run.stdout(), err: run.stderr() }
}

/** A folder with the report of these recordings. */
async function reported(...files: string[]): Promise<string> {
  const folder = join(temporaryFolder(), 'report')
  expect(await report(...files, '-o', folder)).toMatchObject({ code: 0, out: '' })
  return folder
}

/** A file that holds these facts as a recording. */
function recordingFile(facts: readonly Fact[], name = 'made.ndjson'): string {
  const path = join(temporaryFolder(), name)
  writeFileSync(path, recordingOf(facts))
  return path
}

const hostile = `</script><script>window.trap=1</script><img src=x onerror="window.trap=2"><svg onload=window.trap=3>`

/** A connection whose every part would be a script, had it its way. */
function hostileFacts(): Fact[] {
  const close = joined([octets(0x03, 0xe8), octets(hostile.slice(0, 120))])
  return [
    { type: 'open', time: 0, info: { ...connectionInfo, url: `javascript:window.trap=4//${hostile}` } },
    ...opened(hostile).slice(1),
    sent('client', encodeFrame({ opcode: 1, key: 0x01020304 }, octets(hostile)), 1),
    sent('client', encodeFrame({ opcode: 9, key: 0x01020304 }, octets(hostile.slice(0, 120))), 2),
    sent('server', encodeFrame({ opcode: 8 }, close), 3),
    tcp('server', hostile, 4),
  ]
}

/** A connection of so many frames, two to a chop. */
function longFacts(frames: number): Fact[] {
  const frame = (i: number) => encodeFrame({ opcode: 1 }, octets(`message number ${i}`))
  const chops = Array.from({ length: frames / 2 }, (_, i) =>
    sent('server', joined([frame(2 * i), frame(2 * i + 1)]), i),
  )
  return [...opened(), ...chops]
}

describe('wsinspect report', () => {
  it('prints the page of one connection, the same octets each time', async () => {
    const first = await report(single)
    expect(first).toMatchObject({ code: 0, err: '' })
    expect(first.out).toMatch(/^<!doctype html>[^]*<\/html>\n$/)
    expect((await report(single)).out).toBe(first.out)
  })

  it('has nothing of an earlier report in its folder, and all that is not of one', async () => {
    const folder = await reported(tour)
    writeFileSync(join(folder, 'notes.txt'), 'mine')
    expect(await report(single, '-o', folder)).toMatchObject({ code: 0 })
    const name = 'autobahn-5-20-conn-1'
    expect(readdirSync(folder).sort()).toEqual(
      [`${name}.html`, `${name}.json`, 'index.html', 'index.json', 'junit.xml', 'notes.txt'].sort(),
    )
  })

  it('writes a folder: pages, JSON in the shape of Autobahn, JUnit', async () => {
    const folder = await reported(tour, single)
    expect(readdirSync(folder).sort()).toEqual(
      [...['autobahn-5-20-conn-1', ...[1, 2, 3, 4, 5].map(conn => `tour-conn-${conn}`)], 'index']
        .flatMap(name => [`${name}.html`, `${name}.json`])
        .concat('junit.xml')
        .sort(),
    )
    const index = JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')) as Record<
      string,
      Record<string, { behavior: string; reportfile: string }>
    >
    expect(index['autobahn-5.20']?.['conn-1']).toEqual({
      ...{ behavior: 'OK', behaviorClose: 'OK', duration: 1024, remoteCloseCode: 1000 },
      reportfile: 'autobahn-5-20-conn-1.json',
    })
    expect(Object.values(index.tour ?? {}).map(({ behavior }) => behavior)).toEqual([
      'OK',
      ...Array.from({ length: 4 }, () => 'FAILED'),
    ])
    const junit = readFileSync(join(folder, 'junit.xml'), 'utf8')
    expect(junit).toContain('<testsuites name="wsinspect report" tests="6" failures="4"')
    expect(statSync(join(folder, 'index.html')).mode & 0o777).toBe(0o600)
  })

  it('has an index with a row for each connection, those of a recording together', async () => {
    const folder = await reported(tour, single)
    const page = readFileSync(join(folder, 'index.html'), 'utf8')
    const rows = [...page.matchAll(/<tr class="(group|case)"[^>]*>(.*?)<\/tr>/g)].map(([, kind, row = '']) =>
      [kind, ...row.replace(/<[^>]*>/g, '|').split('|')]
        .map(cell => cell?.trim())
        .filter(cell => cell !== ''),
    )
    expect(rows.map(([kind]) => kind).join(' ')).toBe('group case case case case case group case')
    expect(rows[0]).toEqual(['group', 'tour', '5, 4 failed'])
    const [, conn, path, url, sign, words, how, rule, frames, time] = rows[2] ?? []
    expect([conn, sign, words, rule]).toEqual(['2', '✗', 'Fail', 'mask.missing'])
    expect(path).toMatch(/^\//)
    expect(url).toMatch(/^wss?:/)
    expect(how).toContain('1002')
    expect([Number(frames) > 0, time]).toEqual([true, expect.stringMatching(/ m?s$/)])
  })

  it('tells files of one name apart, and takes stdin', async () => {
    const other = join(temporaryFolder(), 'tour.ndjson')
    writeFileSync(other, readFileSync(tour))
    const folder = await reported(tour, other)
    expect(existsSync(join(folder, 'tour-2-conn-1.html'))).toBe(true)
    const run = wsinspect('report', '-')
    run.child.stdin.end(readFileSync(single))
    expect(await run.exit).toBe(0)
    expect(run.stdout()).toContain('<title>Connection 1 · stdin</title>')
  })

  it('refuses what would not do, in a line that says what would', async () => {
    const folder = temporaryFolder()
    const several = await report(tour)
    expect(several).toMatchObject({ code: 2, out: '' })
    expect(several.err).toMatch(/^wsinspect: a page is of one connection, and there are 5 \(.*-o DIR\)\n$/)
    expect(await report(tour, '-o', join(folder, 'a.html'))).toMatchObject({ code: 2 })
    expect(existsSync(join(folder, 'a.html'))).toBe(false)
    const empty = await report(recordingFile([]))
    expect(empty.code).toBe(3)
    expect(empty.err).toContain('no connection')
    expect(await report(join(folder, 'missing.ndjson'))).toMatchObject({ code: 3 })
    writeFileSync(join(folder, 'file'), '')
    expect(await report(single, '-o', join(folder, 'file'))).toMatchObject({ code: 2 })
    expect(await report(single, '-o', join(folder, 'file', 'in', 'it'))).toMatchObject({ code: 3 })
    expect(await report(single, '-o', join(folder, 'new', 'in', 'it'))).toMatchObject({ code: 0 })
    if (process.platform !== 'linux') return
    const err = 'wsinspect: cannot write to /proc/x: no such file or directory\n'
    expect(await report(single, '-o', '/proc/x')).toMatchObject({ code: 3, err })
  })

  it('overwrites a report, but nothing else without --force', async () => {
    const folder = await reported(single)
    expect(await report(single, '-o', folder)).toMatchObject({ code: 0 })
    const own = join(temporaryFolder(), 'own')
    mkdirSync(own)
    writeFileSync(join(own, 'index.html'), 'mine')
    const refused = await report(single, '-o', own)
    expect(refused).toMatchObject({ code: 2 })
    expect(refused.err).toContain('--force')
    expect(readdirSync(own)).toEqual(['index.html'])
    expect(await report(single, '-o', own, '--force')).toMatchObject({ code: 0 })
    const page = join(own, 'page.html')
    expect(await report(single, '-o', page)).toMatchObject({ code: 0 })
    expect((await report(single, '-o', page)).err).toContain('page.html exists')
    expect(await report(single, '-o', page, '--force')).toMatchObject({ code: 0 })
  })

  it('fails on violations where it is asked to, with its report written', async () => {
    const folder = join(temporaryFolder(), 'report')
    const failed = await report(tour, '-o', folder, '--fail-on', 'error')
    expect(failed.code).toBe(1)
    expect(failed.err).toContain('(--fail-on error)')
    expect(existsSync(join(folder, 'index.html'))).toBe(true)
    expect((await report(single, '--fail-on', 'warning')).code).toBe(0)
  })
})

// Outside of CI a machine may lack a browser; then that is said, by the name of what is skipped. CI installs it.
const where = hasChromium || process.env.CI !== undefined ? describe : describe.skip
const title = hasChromium ? 'a report in Chromium' : 'a report in Chromium (it is not installed: skipped)'

const visibleRows = `[...document.querySelectorAll('#rows .row')].map(row => row.textContent)`
const selectedRow = `document.querySelector('#rows .row.selected .label')?.textContent ?? null`

where(title, { timeout: 90_000 }, () => {
  it('has an index that is filtered and walked by keys, and leads to a failed connection', async () => {
    const folder = await reported(tour, single)
    const browser = await openBrowser()
    await browser.open(join(folder, 'index.html'))
    const shown = `[...document.querySelectorAll('tr.case')].filter(row => !row.hidden).length`
    expect(await browser.evaluate(shown)).toBe(6)
    await browser.evaluate(`document.querySelector('[data-tone=bad]').click()`)
    await browser.until(shown, 4)
    expect(await browser.evaluate(`document.getElementById('count').textContent`)).toBe('4 of 6 rows')
    await browser.key('/')
    await browser.type('1007')
    await browser.until(shown, 1)
    await browser.key('Enter')
    await browser.until(`document.activeElement.tagName`, 'A')
    await browser.key('Enter')
    await browser.until(`document.title`, 'Connection 3 · tour')
    expect(await browser.evaluate(`document.querySelector('.badges').textContent`)).toBe(
      '✗ Fail✗ unclean close, 1007',
    )
    expect(await browser.evaluate(`getComputedStyle(document.querySelector('.badge.bad')).color`)).toBe(
      'rgb(180, 35, 26)',
    )
    expect(browser.complaints).toEqual([])
  })

  it('shows the rows of a connection, filters them, and follows links and keys', async () => {
    const folder = await reported(tour)
    const browser = await openBrowser()
    await browser.open(join(folder, 'tour-conn-2.html'))
    const all = (await browser.evaluate(visibleRows)) as string[]
    expect(all[0]).toContain('OPEN')
    expect(all.at(-1)).toContain('VERDICT')
    await browser.evaluate(`document.querySelector('#violations a').click()`)
    await browser.until(selectedRow, 'ERROR')
    expect(await browser.evaluate(`document.getElementById('row').textContent`)).toContain('mask.missing')
    await browser.key('j')
    await browser.until(selectedRow, 'FRAME')
    await browser.key('/')
    await browser.type('fin=1 close')
    await browser.until(`${visibleRows}.every(row => row.includes('CLOSE'))`, true)
    await browser.key('Escape')
    await browser.until(`${visibleRows}.length`, all.length)
    await browser.evaluate(`document.querySelector('[data-kind=frames]').click()`)
    await browser.until(`${visibleRows}.some(row => row.includes('FRAME'))`, false)
    await browser.key('u')
    await browser.until(`document.title`, 'wsinspect report')
    expect(browser.complaints).toEqual([])
  })

  it('opens a log of 10,000 frames with the rows in sight alone', async () => {
    const folder = await reported(recordingFile(longFacts(10_000)))
    const browser = await openBrowser()
    await browser.open(join(folder, 'made-conn-1.html'))
    expect(
      await browser.evaluate(`JSON.parse(document.getElementById('data').textContent).rows.length`),
    ).toBeGreaterThan(15_000)
    expect(await browser.evaluate(`document.querySelectorAll('#rows .row').length`)).toBeLessThan(100)
    await browser.key('G')
    await browser.until(`${visibleRows}.at(-1).includes('VERDICT')`, true)
    await browser.key('/')
    await browser.type('"message number 4321"')
    await browser.until(`${visibleRows}.length`, 1)
    expect(await browser.evaluate(`document.querySelectorAll('*').length`)).toBeLessThan(2000)
    expect(browser.complaints).toEqual([])
  })

  it('runs nothing that came over the wire, and asks for nothing', async () => {
    const folder = await reported(recordingFile(hostileFacts()))
    const browser = await openBrowser()
    for (const page of ['index.html', 'made-conn-1.html']) {
      await browser.open(join(folder, page))
      await browser.key('j')
      expect(await browser.evaluate('window.trap ?? null')).toBe(null)
      expect(
        await browser.evaluate(`document.querySelectorAll('img, iframe, object, svg[onload]').length`),
      ).toBe(0)
      expect(
        await browser.evaluate(
          `[...document.links].every(link => /^(#row-|[a-z0-9-]+[.])/.test(link.getAttribute('href')))`,
        ),
      ).toBe(true)
    }
    await browser.until(`${visibleRows}.some(row => row.includes('window.trap=1'))`, true)
    expect(browser.complaints).toEqual([])
  })

  it('would see it: the security policy refuses a script that is not its own', async () => {
    const folder = await reported(single)
    const page = join(folder, 'autobahn-5-20-conn-1.html')
    const broken = readFileSync(page, 'utf8').replace('<main>', '<main><script>window.trap=1</script>')
    writeFileSync(page, broken)
    const browser = await openBrowser()
    await browser.open(page)
    expect(await browser.evaluate('window.trap ?? null')).toBe(null)
    expect(browser.complaints.join()).toContain('Content Security Policy')
  })

  it('is readable on a phone, in the dark and on paper', async () => {
    const folder = await reported(tour)
    const phone = await openBrowser({ width: 375, height: 700, media: 'dark' })
    for (const page of ['index.html', 'tour-conn-1.html']) {
      await phone.open(join(folder, page))
      // Nothing sticks out at the side: what is wider scrolls in itself.
      expect(await phone.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(375)
    }
    const brightness = `getComputedStyle(document.body).backgroundColor.match(/\\d+/g).reduce((sum, part) => sum + Number(part), 0)`
    expect(await phone.evaluate(brightness)).toBeLessThan(150)
    const paper = await openBrowser({ media: 'print' })
    await paper.open(join(folder, 'tour-conn-1.html'))
    await paper.evaluate(`dispatchEvent(new Event('beforeprint'))`)
    const rows = await paper.evaluate(`document.querySelectorAll('#rows .row').length`)
    expect(rows).toBe(
      await paper.evaluate(`JSON.parse(document.getElementById('data').textContent).rows.length`),
    )
    expect(await paper.evaluate(`getComputedStyle(document.querySelector('.bar')).display`)).toBe('none')
    const pdf = await paper.print()
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-')
    // A sheet is no wider than a narrow window, and has the columns of a wide one all the same.
    const sheet = await openBrowser({ width: 718, media: 'print' })
    await sheet.open(join(folder, 'tour-conn-1.html'))
    const columns = `getComputedStyle(document.querySelector('.columns')).gridTemplateColumns.split(' ').length`
    expect(await sheet.evaluate(columns)).toBe(2)
    for (const page of ['index.html', 'tour-conn-1.html']) {
      await sheet.open(join(folder, page))
      expect(await sheet.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(718)
    }
  })

  it('draws histograms of large figures with nothing cut off, or over something else', async () => {
    const buckets = [
      { from: 1, to: 1, count: 1_234_567 },
      { from: 16_777_216, to: 33_554_431, count: 7_654_321 },
    ]
    const summary = { count: 8_888_888, buckets } as unknown as HistogramSummary
    const figure = histogramFigure('Messages by octets', summary, summary)
    const page = join(temporaryFolder(), 'figure.html')
    writeFileSync(
      page,
      `<meta charset="utf-8"><style>${style}</style><div class="figures">${figure?.text ?? ''}</div>`,
    )
    const browser = await openBrowser()
    await browser.open(page)
    const boxes = (await browser.evaluate(
      `[...document.querySelectorAll('svg text, svg rect')].map(one => { const { x, y, width, height } = one.getBBox(); return { x, y, width, height } })`,
    )) as { x: number; y: number; width: number; height: number }[]
    expect(boxes).toHaveLength(2 + 2 * 5)
    for (const { x, width } of boxes) {
      expect(x).toBeGreaterThanOrEqual(0)
      expect(x + width).toBeLessThanOrEqual(320)
    }
    const rows = [boxes.slice(2, 7), boxes.slice(7)]
    for (const row of rows) {
      const across = row.toSorted((a, b) => a.x - b.x)
      for (const [i, { x, width }] of across.entries())
        expect(x + width).toBeLessThanOrEqual(across[i + 1]?.x ?? 320)
    }
  })
})

/**
 * What groups 12 and 13 send: five corpora of the sizes, and about the compressibility, of those of the Autobahn suite, made
 * here out of nothing. The verdict depends on the echo alone, not on what is echoed.
 */
import { isAscii } from 'node:buffer'
import type { Payload } from './case.ts'

export type CorpusName = 'json' | 'bitmap' | 'prose' | 'html' | 'document'

interface CorpusInfo {
  about: string
  /** Sent as binary messages, and cut by octets; text is cut by characters. */
  binary: boolean
  /** Octets. */
  size: number
  make: (size: number) => Uint8Array
}

/** What the corpora are. */
export const corpora: Readonly<Record<CorpusName, CorpusInfo>> = {
  json: { about: 'repetitive JSON', binary: false, size: 194_056, make: json },
  bitmap: { about: 'a grey bitmap', binary: true, size: 263_222, make: bitmap },
  prose: { about: 'prose in UTF-8', binary: true, size: 222_218, make: prose },
  html: { about: 'HTML with a few characters beyond ASCII', binary: false, size: 263_647, make: html },
  document: { about: 'a document that hardly compresses', binary: true, size: 1_042_328, make: document },
}

/** A corpus: its octets, or its characters where it is text in which those are not the same. */
export type Corpus = string | Uint8Array

const made = new Map<CorpusName, Corpus>()

/** Makes a corpus, once. */
export function corpus(name: CorpusName): Corpus {
  const known = made.get(name)
  if (known !== undefined) return known
  const { binary, size, make } = corpora[name]
  const octets = make(size)
  const result = binary || isAscii(octets) ? octets : Buffer.from(octets).toString('utf8')
  made.set(name, result)
  return result
}

/** The `k`-th message of `length` units: the corpus is gone through again and again, every message goes on where the last ended. */
export function sliceOf(units: Corpus, k: number, length: number): Payload {
  const from = (k * length) % units.length
  const to = (from + length) % units.length
  const unit = typeof units === 'string' ? textSlice(units, from, to) : octetSlice(units, from, to)
  return { unit, length: unit.length }
}

function textSlice(units: string, from: number, to: number): Uint8Array {
  const text = to > from ? units.slice(from, to) : units.slice(from) + units.slice(0, to)
  return Buffer.from(text, 'utf8')
}

function octetSlice(units: Uint8Array, from: number, to: number): Uint8Array {
  return to > from ? units.subarray(from, to) : Buffer.concat([units.subarray(from), units.subarray(0, to)])
}

/** Numbers below `most` that look random and are always the same (xorshift). */
function numbers(seed: number): (most: number) => number {
  let state = seed
  return most => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % most
  }
}

/** As many of `lines` as fill `size` octets, the last filled up with spaces. */
function lines(size: number, line: (n: number) => string): string[] {
  const result: string[] = []
  for (let length = 0, n = 0; length < size; n++) {
    const next = line(n)
    result.push(next)
    length += Buffer.byteLength(next)
  }
  return result
}

/** Exactly `size` octets of text. Only the last line is cut, which is ASCII. */
function exactly(size: number, text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'utf8').subarray(0, size))
}

function json(size: number): Uint8Array {
  const next = numbers(0x6a736f6e)
  const entry = (n: number) => {
    const id = `${1 + (n % 13)}.${1 + (n % 7)}.${1 + (n % 18)}`
    return `      "${id}": {\n         "behavior": "OK",\n         "behaviorClose": "OK",\n         "duration": ${next(900)},\n         "remoteCloseCode": 1000,\n         "reportfile": "agent_${next(12)}_case_${id.replaceAll('.', '_')}.json"\n      },\n`
  }
  return exactly(size, `{\n   "agent": {\n${lines(size, entry).join('')}`)
}

/** A header of 1078 octets, then rows of a soft slope with noise on it. */
function bitmap(size: number): Uint8Array {
  const next = numbers(0x626d7031)
  const octets = new Uint8Array(size)
  octets.set([0x42, 0x4d])
  for (let i = 54; i < 1078; i++) octets[i] = (i - 54) >> 2
  for (let i = 1078; i < size; i++) {
    const x = (i - 1078) % 512
    const y = Math.floor((i - 1078) / 512)
    octets[i] = 40 + ((x + y) >> 3) + next(40) + next(20)
  }
  return octets
}

const syllables =
  'sch ein der und das ich nicht geist tag mensch wie zu auf faß weh ür ge be ver en er te lich keit ung mit'

function prose(size: number): Uint8Array {
  const next = numbers(0x70726f73)
  const parts = syllables.split(' ')
  // A few words are frequent and most are rare, as in any language.
  const words = Array.from({ length: 6000 }, () =>
    Array.from({ length: 1 + next(4) }, () => parts[next(parts.length)] ?? '').join(''),
  )
  const word = () => words[Math.min(next(6000), next(6000), next(6000))] ?? ''
  const line = () => `${Array.from({ length: 6 + next(4) }, word).join(' ')},\r\n`
  return exactly(size, `\ufeff${lines(size, line).join('')}`)
}

/** 26 characters beyond ASCII: 25 of two octets and one of three. */
function html(size: number): Uint8Array {
  const next = numbers(0x68746d6c)
  const beyond = (n: number) => (n < 25 ? 'ü' : n === 25 ? '€' : '')
  const row = (n: number) =>
    `         <tr class="case_row"><td class="case">Case ${1 + (n % 13)}.${1 + (n % 9)}.${n % 19}${beyond(n)}</td><td class="case_ok"><a href="agent_case_${n}.html">Pass</a><br/><span class="case_duration">${next(2000)} ms</span></td><td class="close close_ok"><span class="close_code">${1000 + next(12)}</span></td></tr>\n`
  return exactly(size, `<!DOCTYPE html>\n<html>\n<body>\n${lines(size, row).join('')}`)
}

/** Stretches of noise, as in compressed streams, between tables of numbers. */
function document(size: number): Uint8Array {
  const next = numbers(0x70646631)
  const octets = new Uint8Array(size)
  for (let at = 0; at < size;) {
    const noise = Math.min(size, at + 3200)
    for (; at < noise; at++) octets[at] = next(256)
    const table = Buffer.from(
      lines(700, n => `${String(next(1_000_000)).padStart(10, '0')} 00000 n ${n}\r\n`).join(''),
    )
    octets.set(table.subarray(0, Math.min(table.length, size - at)), at)
    at += table.length
  }
  return octets
}

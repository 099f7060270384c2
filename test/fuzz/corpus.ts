/** What is mutated: the traffic of the transcripts, of the recordings, and generated traffic of every kind. */
import { readdirSync } from 'node:fs'
import fc from 'fast-check'
import { readRecording } from '../../src/recording/read.ts'
import { brokenTraffic, framedTraffic, gappedTraffic, looseTraffic } from '../support/arbitraries.ts'
import { FactList } from '../support/fact-list.ts'
import type { Fact } from '../support/facts.ts'
import { readTranscripts } from '../support/transcript.ts'
import { parseScript } from '../support/wire-script.ts'

/** Octets of a stream that is mutated: short ones reach as many states, and sooner. */
const octetLimit = 1024

const generatedOfEach = 100

/** Always the same streams, so that a run depends on its seed alone. */
export async function readCorpus(): Promise<Fact[][]> {
  const scripts = readTranscripts().map(({ wire }) => parseScript(wire))
  return [...scripts, ...(await recorded()), ...generated()].map(shortened)
}

/** Each connection of each recording. */
async function recorded(): Promise<Fact[][]> {
  const folder = new URL('../../recordings/', import.meta.url)
  const streams: Fact[][] = []
  for (const name of readdirSync(folder).filter(file => file.endsWith('.ndjson'))) {
    const list = new FactList()
    await readRecording(new URL(name, folder).pathname, list, { onNote: () => undefined })
    const conns = new Set(list.facts.map(({ conn }) => conn))
    for (const conn of conns)
      streams.push(list.facts.filter(fact => fact.conn === conn).map(fact => ({ ...fact, conn: 1 })))
  }
  return streams
}

function generated(): Fact[][] {
  return [framedTraffic, gappedTraffic, looseTraffic, brokenTraffic].flatMap(traffic =>
    fc.sample(traffic, { seed: 1, numRuns: generatedOfEach }),
  )
}

/** Only the first octets of it. */
function shortened(facts: readonly Fact[]): Fact[] {
  let room = octetLimit
  return facts.flatMap((fact): Fact[] => {
    if (fact.type !== 'octets') return [fact]
    const bytes = fact.bytes.subarray(0, room)
    room -= bytes.length
    return bytes.length === 0 ? [] : [{ ...fact, bytes }]
  })
}

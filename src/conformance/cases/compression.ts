/** Groups 12 and 13: permessage-deflate with different payloads, and with different parameters. */
import type { ConformCase, DeflateDemand, Exchange } from '../case.ts'
import { corpus, corpora, sliceOf, type CorpusName } from '../payloads.ts'
import { conformCase, normalClose } from '../shorthand.ts'

/** The 18 steps of every sub-group: message length, seconds for a thousand, and size of fragments. */
const steps: readonly [number, number, number | null][] = [
  [16, 60, null],
  [64, 60, null],
  [256, 120, null],
  [1024, 240, null],
  [4096, 480, null],
  [8192, 480, null],
  [16_384, 480, null],
  [32_768, 480, null],
  [65_536, 480, null],
  [131_072, 480, null],
  [8192, 480, 256],
  [16_384, 480, 256],
  [32_768, 480, 256],
  [65_536, 480, 256],
  [131_072, 480, 256],
  [131_072, 480, 1024],
  [131_072, 480, 4096],
  [131_072, 480, 32_768],
]

const count = 1000

const none: DeflateDemand = { noContextTakeover: false, windowBits: 0 }
const noTakeover: DeflateDemand = { noContextTakeover: true, windowBits: 0 }
const bits = (windowBits: number): DeflateDemand => ({ noContextTakeover: false, windowBits })
const noTakeoverBits = (windowBits: number): DeflateDemand => ({ noContextTakeover: true, windowBits })

/** What sub-groups 13.1 to 13.7 demand of the other side, in order of preference. */
const demands: readonly (readonly DeflateDemand[])[] = [
  [none],
  [noTakeover],
  [bits(9)],
  [bits(15)],
  [noTakeoverBits(9)],
  [noTakeoverBits(15)],
  [noTakeoverBits(9), noTakeover, none],
]

function demandText({ noContextTakeover, windowBits }: DeflateDemand): string {
  const parts = [
    noContextTakeover ? 'no context takeover' : '',
    windowBits > 0 ? `a window of ${windowBits} bits` : '',
  ].filter(part => part !== '')
  return parts.length === 0 ? 'nothing' : parts.join(' and ')
}

/** One sub-group: its 18 steps with messages out of one corpus. */
function subgroup(
  group: string,
  name: CorpusName,
  deflate: readonly DeflateDemand[],
): readonly ConformCase[] {
  const { about, binary } = corpora[name]
  const demanded = deflate.map(demandText).join(', else ')
  return steps.map(([length, closeAfter, fragment], i) => {
    const exchange: Exchange = {
      count,
      binary,
      message: k => sliceOf(corpus(name), k, length),
      length,
      sendAs: 'message',
      chop: null,
      fragment,
      compare: 'content',
      closeAfter,
      deflate,
      markers: true,
    }
    const fragments = fragment === null ? '' : `, compressed in fragments of ${fragment} octets`
    const unit = binary ? 'octets' : 'characters'
    return conformCase({
      id: `${group}.${i + 1}`,
      description: `A thousand compressed messages of ${length} ${unit} of ${about}${fragments}. Demanded of the peer: ${demanded}.`,
      expectation: `Every message comes back with the same content within ${closeAfter} s in all. Then the fuzzer closes with 1000. UNIMPLEMENTED where permessage-deflate is not agreed.`,
      steps: [],
      expected: {},
      close: normalClose,
      exchange,
    })
  })
}

const payloads: readonly CorpusName[] = ['json', 'bitmap', 'prose', 'html', 'document']

/** Cases 12.1.1 to 12.5.18. */
export const deflatePayloads: readonly ConformCase[] = payloads.flatMap((name, i) =>
  subgroup(`12.${i + 1}`, name, [none]),
)

/** Cases 13.1.1 to 13.7.18. */
export const deflateParameters: readonly ConformCase[] = demands.flatMap((demand, i) =>
  subgroup(`13.${i + 1}`, 'json', demand),
)

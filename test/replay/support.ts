/** Dialogues as data. */
import { encodeFrame } from '../../src/protocol/frame-encoder.ts'
import type { Side } from '../../src/protocol/side.ts'
import { Comparison, type CompareOptions } from '../../src/replay/comparison.ts'
import { Dialogue } from '../../src/replay/dialogue.ts'
import type { Result } from '../../src/replay/difference.ts'
import type { Said } from '../../src/replay/said.ts'
import { opened, push, sent, tcp, type Fact } from '../support/facts.ts'
import { octets } from '../support/octets.ts'

/** What was said, read off facts. */
export function dialogueOf(facts: readonly Fact[]): Said[] {
  const list: Said[] = []
  const dialogue = new Dialogue(said => list.push(said))
  for (const fact of facts) push(dialogue, fact)
  void dialogue.end(0)
  return list
}

/** Compares two dialogues; all of both sides unless told otherwise. */
export function compare(
  expected: readonly Said[],
  got: readonly Said[],
  options: Partial<CompareOptions> = {},
): Result {
  const comparison = new Comparison({
    sides: ['client', 'server'],
    ignore: [],
    frames: false,
    times: null,
    ...options,
  })
  for (const said of expected) comparison.expected(said)
  for (const said of got) comparison.got(said)
  return comparison.end()
}

/** A frame of `from` in a chop of its own, masked where it should be. */
export function frame(from: Side, opcode: number, payload: string | Uint8Array, time = 0, fin = true): Fact {
  const key = from === 'client' ? 0x01020304 : null
  return sent(from, encodeFrame({ opcode, fin, key }, octets(payload)), time)
}

export function text(from: Side, payload: string, time = 0): Fact {
  return frame(from, 1, payload, time)
}

export function closeFrame(from: Side, code: number, reason = '', time = 0): Fact {
  return frame(from, 8, octets(code >> 8, code & 255, reason), time)
}

/** A connection in which both sides sent `frames`, closed in order by the client. */
export function session(...frames: readonly Fact[]): Said[] {
  return dialogueOf([
    ...opened(),
    ...frames,
    closeFrame('client', 1000),
    closeFrame('server', 1000),
    tcp('server', 'fin'),
    tcp('client', 'fin'),
  ])
}

/** A server that sends these texts. */
export function serverSays(...texts: readonly string[]): Said[] {
  return session(...texts.map(one => text('server', one)))
}

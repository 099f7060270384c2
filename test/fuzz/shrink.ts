/** Facts that fail, made few and short. */
import type { Fact } from '../support/facts.ts'
import { join } from '../support/octets.ts'

/** Attempts at making it smaller: each is a run. */
const patience = 3000

/** As few of `facts`, and as short, as `fails` still says yes to. */
export async function shrunk(facts: Fact[], fails: (some: Fact[]) => Promise<boolean>): Promise<Fact[]> {
  let best = facts
  let attempts = 0
  for (let goesOn = true; goesOn;) {
    goesOn = false
    for (const smaller of smallerOnes(best)) {
      if (attempts++ > patience) return best
      if (!(await fails(smaller))) continue
      best = smaller
      goesOn = true
      break
    }
  }
  return best
}

/** The largest steps first: whole stretches of facts, then octets of each chop, then times. */
function* smallerOnes(facts: readonly Fact[]): Generator<Fact[]> {
  for (let length = facts.length; length >= 1; length = Math.floor(length / 2)) {
    for (let at = 0; at < facts.length; at += length) yield facts.toSpliced(at, length)
  }
  for (const [at, fact] of facts.entries()) {
    if (fact.type === 'octets')
      for (const bytes of shorter(fact.bytes)) yield facts.with(at, { ...fact, bytes })
    if (fact.time !== 0 && at === 0) yield facts.map(other => ({ ...other, time: 0 }))
  }
}

function* shorter(bytes: Uint8Array): Generator<Uint8Array> {
  for (let length = bytes.length >> 1; length >= 1; length >>= 1) {
    for (let at = 0; at < bytes.length; at += length)
      yield join([bytes.subarray(0, at), bytes.subarray(at + length)])
  }
}

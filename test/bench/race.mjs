/** Contenders in one process: each runs for a while per round, in rotated order. */
const WARMUP = 0.2

/**
 * `contenders`: functions by name, each doing a pass and giving how many units of work it was.
 * Gives units per second: rates[name][round].
 */
export async function race(contenders, { rounds, seconds }) {
  const names = Object.keys(contenders)
  const rates = Object.fromEntries(names.map(name => [name, []]))
  for (const name of names) await run(contenders[name], WARMUP)
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < names.length; i++) {
      const name = names[(i + round) % names.length]
      rates[name].push(await run(contenders[name], seconds))
    }
  }
  return rates
}

async function run(pass, seconds) {
  const start = performance.now()
  const end = start + 1000 * seconds
  let units = 0
  let now = start
  while (now < end) {
    units += await pass()
    await new Promise(resolve => setImmediate(resolve))
    now = performance.now()
  }
  return (1000 * units) / (now - start)
}

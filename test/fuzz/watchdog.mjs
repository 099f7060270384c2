/** Ends the process when a run takes longer than any should. */
import { writeSync } from 'node:fs'
import { workerData as current } from 'node:worker_threads'

/** In ms; on a busy machine a run still takes less than a hundredth of it. */
const patience = 60_000

let last = 0n
setInterval(() => {
  const seed = Atomics.load(current, 0)
  if (seed === last && seed !== 0n) {
    writeSync(2, `fuzz: the run of --seed ${seed} --runs 1 does not end\n`)
    process.kill(process.pid, 'SIGKILL')
  }
  last = seed
}, patience)

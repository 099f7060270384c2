/** The adapter to `recording/recorder.js`: the one place that knows how a recorder is made, fed and ended. */
import { devNull } from 'node:os'
import { reply, request } from './handshake.mjs'

const info = { client: '127.0.0.1:50000', server: '127.0.0.1:9001', url: 'ws://127.0.0.1:9001/', tls: false }

const options = () => ({
  started: new Date(),
  tool: 'wsinspect bench',
  redacted: false,
  nextFrame: () => null,
  onFull: 'wait',
  onError: message => {
    throw new Error(message)
  },
})

/** A pass is a recording, from its first line to the end of its file; throws where a chop is not in it. */
export async function recorderFeed(dist, { chop, count }) {
  const { openRecorder } = await import(new URL('recording/recorder.js', dist))
  return async () => {
    const recorder = await openRecorder(devNull, options())
    recorder.open(1, performance.now(), info)
    for (let i = 0; i < count; i++) {
      recorder.octets(1, performance.now(), 'client', chop)
      if (recorder.full) await new Promise(resolve => recorder.onDrain(resolve))
    }
    await recorder.end(performance.now())
    const { octets } = recorder.counts
    if (octets !== count * chop.length)
      throw new Error(`the recorder took ${octets} octets of ${count} chops`)
    return count
  }
}

/** Writes a recording of an opening handshake and `chops`: `{ from, bytes, frames }`; gives the sum of the frames. */
export async function writeRecording(dist, path, chops) {
  const { openRecorder } = await import(new URL('recording/recorder.js', dist))
  const recorder = await openRecorder(path, options())
  const head = request({ host: '127.0.0.1:9001', pathname: '/' })
  let time = 0
  let total = 0
  recorder.open(1, time, info)
  recorder.octets(1, time, 'client', Buffer.from(head))
  recorder.octets(1, time, 'server', Buffer.from(reply(head)))
  for (const { from, bytes, frames } of chops) {
    recorder.octets(1, (time += 0.02), from, bytes)
    total += frames
    if (recorder.full) await new Promise(resolve => recorder.onDrain(resolve))
  }
  await recorder.end(time)
  return total
}

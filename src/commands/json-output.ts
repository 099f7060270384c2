/** Rows to a stream as JSON lines. */
import type { Writable } from 'node:stream'
import ndjson from 'ndjson'
import { jsonLine } from '../wire/json.ts'
import type { Sink, View } from './output.ts'

/** Writes to `output` through an ndjson stream. */
export function jsonSink(output: Writable, view: View): Sink {
  const stream = ndjson.stringify()
  const ended = new Promise<void>(resolve => {
    stream.once('end', resolve)
    output.once('close', resolve)
    output.once('error', () => {
      resolve()
    })
  })
  let goesOn = true
  stream.pipe(output)
  return {
    stream,
    put(entry, log) {
      const line = jsonLine(entry, log, view.maxPayload)
      if (line !== null) goesOn = stream.write(line)
    },
    missed(rows) {
      goesOn = stream.write({
        type: 'fault',
        consumer: 'output',
        detail: `${rows} rows missed: the output could not keep up`,
      })
    },
    flush() {
      const flushed = goesOn
      goesOn = true
      return flushed
    },
    async end() {
      stream.end()
      await ended
    },
  }
}

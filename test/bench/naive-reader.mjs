/** The obvious way to read a recording: each line through JSON, its octets out of base64. `naive-reader.mjs FILE…` */
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'

for (const file of process.argv.slice(2)) {
  for await (const line of createInterface({ input: createReadStream(file) })) {
    const { data = '' } = JSON.parse(line)
    Buffer.from(data, 'base64')
  }
}

/** The adapter to `protocol/endpoint.js`: a server that does nothing with a message but have it whole. */
const options = { role: 'server', deflate: null, messageLimit: 16 * 1024 * 1024, nextKey: () => 0 }

export async function messageFeed(dist, { frames, chunks }) {
  const { Endpoint } = await import(new URL('protocol/endpoint.js', dist))
  const output = { write() {}, end() {} }
  const messages = new Messages()
  const endpoint = new Endpoint(options, output, () => messages)
  return () => {
    messages.seen = 0
    for (let i = 0; i < chunks.length; i++) endpoint.receive(chunks[i])
    if (messages.seen !== frames) throw new Error(`the endpoint saw ${messages.seen} of ${frames} messages`)
    return frames
  }
}

/** Gathers what came in several reads into one buffer of the announced length. */
class Messages {
  seen = 0
  last = null
  #gathered = null
  #length = 0

  data(header, _opcode, bytes, start, end) {
    if (end - start === header.payloadLength) {
      this.last = bytes.subarray(start, end)
      return
    }
    this.#gathered ??= Buffer.allocUnsafe(header.payloadLength)
    this.#gathered.set(bytes.subarray(start, end), this.#length)
    this.#length += end - start
  }

  frameEnd() {
    if (this.#gathered !== null) this.last = this.#gathered
    this.#gathered = null
    this.#length = 0
    this.seen++
  }
}

/** Servers that echo, each with a bug that only some chops bring to light. */
import { acceptFor } from '../../src/protocol/handshake.ts'
import { encodeFrame } from '../../src/protocol/frame-encoder.ts'
import { octets } from './octets.ts'
import { backend } from './loopback.ts'

/**
 * `header`: takes a read to hold the whole header of a frame. `utf8`: decodes text read by read. `drop`: loses what comes in the
 * same read as the end of the request head. `join`: takes one frame from each read.
 */
export type Bug = 'none' | 'header' | 'utf8' | 'drop' | 'join'

const headerLength = 6

/** Echoes masked frames of up to 125 octets. Returns the port. */
export async function buggyServer(bug: Bug): Promise<number> {
  return backend(socket => {
    let received: Uint8Array = new Uint8Array(0)
    let isUp = false
    /** Text of the frame at hand, as decoded so far, and its octets that were. */
    let text = ''
    let decoded = 0
    const open = (head: string, length: number) => {
      const key = /sec-websocket-key: (.*)\r/i.exec(head)?.[1] ?? ''
      const lines = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade']
      socket.write([...lines, `Sec-WebSocket-Accept: ${acceptFor(key)}`, '', ''].join('\r\n'))
      isUp = true
      received = bug === 'drop' ? new Uint8Array(0) : received.subarray(length)
    }
    /** Takes a frame; false when there is none. */
    const take = (): boolean => {
      if (bug === 'header' && received.length > 0 && received.length < headerLength) {
        socket.end(encodeFrame({ opcode: 8 }, octets(0x03, 0xea)))
        return false
      }
      if (received.length < headerLength) return false
      const length = received[1]! & 127
      const key = received.subarray(2, headerLength)
      const payload = received
        .subarray(headerLength, headerLength + length)
        .map((octet, i) => octet ^ key[i % 4]!)
      text += new TextDecoder().decode(payload.subarray(decoded))
      decoded = payload.length
      if (payload.length < length) return false
      const opcode = received[0]! & 15
      const answer = bug === 'utf8' && opcode === 1 ? octets(text) : payload
      received = received.subarray(headerLength + length)
      text = ''
      decoded = 0
      if (opcode === 8) socket.end(encodeFrame({ opcode }, payload))
      else socket.write(encodeFrame({ opcode }, answer))
      if (bug === 'join') received = new Uint8Array(0)
      return bug !== 'join' && opcode !== 8
    }
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk])
      const end = Buffer.from(received).indexOf('\r\n\r\n')
      if (!isUp && end >= 0) open(Buffer.from(received).toString('latin1'), end + 4)
      if (isUp) while (take());
    })
    socket.on('end', () => socket.end())
  })
}

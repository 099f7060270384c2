/**
 * The server behind the proxies, a child process, made to be far cheaper than they are: the frames are known
 * from the path (`/W1`), so it counts octets and writes as much of the answers, made in advance, as came.
 */
import { createServer } from 'node:net'
import { payloadOf, serverFrame } from './frames.mjs'
import { headReader, pathOf, reply } from './handshake.mjs'
import { workloads } from './workloads.mjs'

const SLAB = 128 * 1024
const answers = new Map(workloads.map(workload => [`/${workload.name}`, answersTo(workload)]))

process.on('disconnect', () => process.exit())

const server = createServer({ noDelay: true }, socket => {
  const readHead = headReader()
  let read = chunk => {
    const found = readHead(chunk)
    if (found === null) return
    socket.write(reply(found.head))
    read = echo(socket, answers.get(pathOf(found.head)))
    if (found.rest.length > 0) read(found.rest)
  }
  socket.on('data', chunk => read(chunk))
  socket.on('drain', () => socket.resume())
  socket.on('error', () => socket.destroy())
})
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }))

function answersTo(workload) {
  const frame = serverFrame(workload.opcode, payloadOf(workload))
  const repeats = Math.ceil((SLAB + frame.length) / frame.length)
  return { length: frame.length, stream: Buffer.concat(Array(repeats).fill(frame)) }
}

function echo(socket, { length, stream }) {
  let received = 0
  let sent = 0
  return chunk => {
    received += chunk.length
    const due = answeredBy(received, length) - sent
    if (due <= 0) return
    const start = sent % length
    sent += due
    if (!socket.write(stream.subarray(start, start + due))) socket.pause()
  }
}

/** A client's frame is its answer and a masking key, so an unfinished one is answered but for four octets. */
function answeredBy(received, answerLength) {
  const frameLength = answerLength + 4
  const whole = Math.floor(received / frameLength)
  return whole * answerLength + Math.max(0, received - whole * frameLength - 4)
}

/**
 * Servers, and clients, that are compared under the Autobahn suite and under ours: a plain echo server of few lines that does one thing wrong.
 * `node test/autobahn/peers.mjs NAME` serves on a free port and prints it; with `PORT COUNT` behind it, it is a client that goes through
 * so many cases of the fuzzing server there.
 */
import { isUtf8 } from 'node:buffer'
import { createHash } from 'node:crypto'
import { connect, createServer } from 'node:net'
import { argv } from 'node:process'
import { fileURLToPath } from 'node:url'

/** What is wrong with each, as switches of `Peer`. */
export const quirks = {
  silent: { deaf: true },
  'closes-at-once': { leavesAtOnce: true },
  'wrong-accept': { accept: 'AAAAAAAAAAAAAAAAAAAAAAAAAAA=' },
  'never-closes': { ignoresClose: true },
  'never-drops': { keepsTcp: true },
  'drops-instead': { dropsInstead: true },
  'empty-close': { closePayload: Buffer.alloc(0) },
  'code-1001': { closePayload: Buffer.from([0x03, 0xe9]) },
  'bad-code': { closePayload: Buffer.from([0x07, 0xd0]) },
  lenient: { lenient: true },
  'masks-frames': { masks: true },
  'no-echo': { mute: true },
  'pongs-unasked': { greeting: [10, Buffer.from('hi')] },
  'greets-with-text': { greeting: [1, Buffer.from('hi')] },
  'text-as-binary': { binaryOnly: true },
  'invalid-text': { suffix: Buffer.from([0xff]) },
  'cuts-messages': { cuts: true },
  fragments: { fragment: 5, pings: true },
}

class Peer {
  constructor(socket, quirk, isClient) {
    this.socket = socket
    this.quirk = quirk
    this.isClient = isClient
    this.masks = isClient !== (quirk.masks ?? false)
    this.data = Buffer.alloc(0)
    this.opened = false
    this.closed = false
    this.message = null
    socket.setNoDelay(true)
    socket.on('data', data => this.take(data))
    socket.on('end', () => socket.end())
    socket.on('error', () => socket.destroy())
  }

  take(data) {
    this.data = Buffer.concat([this.data, data])
    if (!this.opened && !this.open()) return
    if (this.quirk.deaf) this.data = Buffer.alloc(0)
    while (!this.closed && this.frame());
  }

  open() {
    const end = this.data.indexOf('\r\n\r\n')
    if (end < 0) return false
    const head = this.data.toString('latin1', 0, end)
    this.data = this.data.subarray(end + 4)
    this.opened = true
    if (!this.isClient) this.answer(head)
    if (this.quirk.greeting) this.send(...this.quirk.greeting)
    if (this.quirk.leavesAtOnce) this.socket.end()
    return true
  }

  answer(head) {
    const key = /sec-websocket-key: *(\S+)/i.exec(head)?.[1] ?? ''
    const guid = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
    const accept =
      this.quirk.accept ??
      createHash('sha1')
        .update(key + guid)
        .digest('base64')
    this.socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    )
  }

  /** Takes one frame; false while it is incomplete. */
  frame() {
    const { data } = this
    if (data.length < 2) return false
    let length = data[1] & 127
    let at = 2
    if (length === 126) {
      if (data.length < 4) return false
      length = data.readUInt16BE(2)
      at = 4
    } else if (length === 127) {
      if (data.length < 10) return false
      length = Number(data.readBigUInt64BE(2))
      at = 10
    }
    const start = data[1] >= 128 ? at + 4 : at
    if (data.length < start + length) return false
    const key = data[1] >= 128 ? data.subarray(at, start) : Buffer.alloc(4)
    const payload = Buffer.from(data.subarray(start, start + length)).map((octet, i) => octet ^ key[i & 3])
    this.data = data.subarray(start + length)
    this.handle(data[0] >= 128, (data[0] >> 4) & 7, data[0] & 15, payload)
    return true
  }

  handle(fin, rsv, opcode, payload) {
    const { lenient } = this.quirk
    if (!lenient && this.isBad(fin, rsv, opcode, payload)) this.fail(1002)
    else if (opcode === 8) this.answerClose(payload)
    else if (opcode === 9) this.send(10, payload)
    else if (opcode < 8) this.gather(fin, opcode, payload)
  }

  isBad(fin, rsv, opcode, payload) {
    if (rsv !== 0) return true
    if (opcode >= 8)
      return !fin || payload.length > 125 || opcode > 10 || (opcode === 8 && this.isBadClose(payload))
    return opcode > 2 || (opcode === 0) !== (this.message !== null)
  }

  isBadClose(payload) {
    if (payload.length < 2) return payload.length === 1
    const code = payload.readUInt16BE(0)
    const isValid =
      (code >= 1000 && code <= 1011 && (code < 1004 || code > 1006)) || (code >= 3000 && code < 5000)
    return !isValid || !isUtf8(payload.subarray(2))
  }

  gather(fin, opcode, payload) {
    this.message ??= { opcode: opcode === 2 ? 2 : 1, pieces: [] }
    this.message.pieces.push(payload)
    if (!fin) return
    const { opcode: kind, pieces } = this.message
    this.message = null
    const whole = Buffer.concat(pieces)
    if (kind === 1 && !this.quirk.lenient && !isUtf8(whole)) this.fail(1007)
    else if (!this.quirk.mute) this.echo(kind, whole)
  }

  echo(kind, whole) {
    const { binaryOnly, suffix, cuts, fragment, pings } = this.quirk
    const opcode = binaryOnly ? 2 : kind
    const payload = cuts ? whole.subarray(0, -1) : suffix ? Buffer.concat([whole, suffix]) : whole
    if (pings) this.send(9, Buffer.from('well?'))
    if (!fragment || payload.length > 1000) {
      this.send(opcode, payload)
      return
    }
    for (let i = 0; i <= payload.length; i += fragment) {
      this.send(i === 0 ? opcode : 0, payload.subarray(i, i + fragment), i + fragment > payload.length)
    }
  }

  send(opcode, payload, fin = true) {
    if (this.closed) return
    const mask = this.masks ? 0x80 : 0
    const first = (fin ? 0x80 : 0) | opcode
    const head =
      payload.length < 126
        ? Buffer.from([first, mask | payload.length])
        : payload.length < 65_536
          ? Buffer.from([first, mask | 126, payload.length >> 8, payload.length & 255])
          : Buffer.concat([Buffer.from([first, mask | 127, 0, 0, 0, 0]), uint32(payload.length)])
    this.socket.write(Buffer.concat([head, ...(mask === 0 ? [] : [Buffer.alloc(4)]), payload]))
  }

  answerClose(payload) {
    if (this.quirk.ignoresClose) return
    this.leave(this.quirk.closePayload ?? payload.subarray(0, 2))
  }

  fail(code) {
    this.leave(this.quirk.closePayload ?? Buffer.from([code >> 8, code & 255]))
  }

  leave(payload) {
    if (!this.quirk.dropsInstead) this.send(8, payload)
    this.closed = true
    if (!this.quirk.keepsTcp) this.socket.end()
  }
}

function uint32(value) {
  const octets = Buffer.alloc(4)
  octets.writeUInt32BE(value)
  return octets
}

/** The echo server of `ws`, with all that it limits by default. */
async function serveWs() {
  const { WebSocketServer } = await import('ws')
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: true, maxPayload: 0 })
  server.on('connection', socket => {
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }))
    socket.on('error', () => {})
  })
  server.on('listening', () => console.log(server.address().port))
}

function serveQuirk(quirk) {
  const server = createServer({ allowHalfOpen: true }, socket => new Peer(socket, quirk, false))
  server.listen(0, '127.0.0.1', () => console.log(server.address().port))
}

/** Cases at a time: most of the time they wait. */
const VISITS = 6

/** Goes through the cases of the fuzzing server. */
async function visit(quirk, port, count) {
  let last = 0
  const visits = Array.from({ length: VISITS }, async () => {
    while (last < count) await visitPath(quirk, port, `/runCase?case=${++last}&agent=peer`)
  })
  await Promise.all(visits)
  await visitPath({}, port, '/updateReports?agent=peer')
}

async function visitPath(quirk, port, path) {
  const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true })
  const ended = new Promise(resolve => socket.once('close', resolve))
  const extras =
    path.startsWith('/runCase') && quirk.offer ? [`Sec-WebSocket-Extensions: ${quirk.offer}`] : []
  const lines = ['Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Version: 13', ...extras]
  const key = 'dGhlIHNhbXBsZSBub25jZQ=='
  const head = [
    `GET ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    ...lines,
    `Sec-WebSocket-Key: ${key}`,
    '\r\n',
  ]
  new Peer(socket, quirk, true)
  socket.write(head.join('\r\n'))
  await ended
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  const [, , name, port, count] = argv
  if (port !== undefined) await visit(quirks[name] ?? {}, Number(port), Number(count))
  else if (name === 'ws') await serveWs()
  else if (quirks[name]) serveQuirk(quirks[name])
  else throw new Error(`no peer is called ${name}`)
}

/* global Blob, WebSocket */
/** What a client with the WebSocket of the Web does, in a browser as in Node (undici): no module of Node is used here. */

const json = JSON.stringify({ type: 'quote', symbol: 'ABC', bid: 100.25, ask: 100.5, note: '§ grün 😀' })

/** Plays these cases one after another, each at its own path of `base`. */
export async function playWeb(base, names) {
  for (const name of names) {
    const { play = () => {}, protocols = [] } = cases[name]
    const socket = new WebSocket(`${base}/${name}`, protocols)
    socket.binaryType = 'arraybuffer'
    // Where the upgrade is refused, undici tells of the error only.
    const over = new Promise(resolve => {
      socket.addEventListener('close', resolve)
      socket.addEventListener('error', resolve)
    })
    socket.addEventListener('open', () => void play(socket))
    await over
  }
}

async function exchange(socket, payloads) {
  for (const payload of payloads) {
    const echoed = new Promise(resolve => {
      socket.addEventListener('message', resolve, { once: true })
    })
    socket.send(payload)
    await echoed
  }
}

async function exchangeAndClose(socket, payloads) {
  await exchange(socket, payloads)
  socket.close(1000)
}

const cases = {
  lengths: {
    async play(socket) {
      const lengths = [0, 1, 125, 126, 127, 65535, 65536, 200_000]
      await exchange(
        socket,
        lengths.map(length => '*'.repeat(length)),
      )
      await exchange(
        socket,
        lengths.map(length => new Uint8Array(length)),
      )
      socket.close(1000, 'done')
    },
  },
  json: { play: socket => exchangeAndClose(socket, [json, json, '', json.repeat(40), '\u0000', json]) },
  blob: { play: socket => exchangeAndClose(socket, [new Blob([json, json])]) },
  burst: {
    play(socket) {
      let echoes = 0
      socket.addEventListener('message', () => {
        if (++echoes === 100) socket.close(1000)
      })
      for (let i = 0; i < 100; i++) socket.send(`message ${i}`)
    },
  },
  'close-without-code': { play: socket => socket.close() },
  'close-registered': { play: socket => socket.close(3000, 'unauthorized') },
  'close-private': { play: socket => socket.close(4042, 'grün 😀') },
  'close-behind-octets': {
    play(socket) {
      for (let i = 0; i < 10; i++) socket.send(json.repeat(5))
      socket.close(1000, 'all sent')
    },
  },
  // From here on the server decides.
  subprotocol: {
    protocols: ['v2.chat', 'v1.chat'],
    play: socket => exchangeAndClose(socket, ['hi']),
  },
  'server-first': { play: socket => exchangeAndClose(socket, ['thanks']) },
  'server-fragments': { play: socket => exchangeAndClose(socket, [json]) },
  'server-pings': {},
  'no-takeover': { play: socket => exchangeAndClose(socket, [json, json, json.repeat(40)]) },
  'small-windows': { play: socket => exchangeAndClose(socket, [json, json, json.repeat(40)]) },
  'no-compression': { play: socket => exchangeAndClose(socket, [json, json]) },
  'close-by-server': {},
  'close-by-server-without-code': {},
  'close-by-server-going-away': {},
  'close-by-server-private': {},
  'close-while-client-sends': {
    async play(socket) {
      while (socket.readyState === WebSocket.OPEN) {
        socket.send(json)
        await new Promise(resolve => setTimeout(resolve))
      }
    },
  },
  'too-big': { play: socket => socket.send('*'.repeat(1001)) },
  'terminate-by-server': { play: socket => socket.send('hi') },
  unauthorized: {},
  forbidden: {},
}

/** The cases that an echo server is enough for. */
export const echoCases = Object.keys(cases).slice(0, Object.keys(cases).indexOf('subprotocol'))

export const serverCases = Object.keys(cases)

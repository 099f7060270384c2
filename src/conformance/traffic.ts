/** Octets of a compressed conversation on three levels: the wire, the frames' payloads, the messages. */

interface Direction {
  wire: number
  wireBefore: number
  webSocket: number
  app: number
  frames: number
  messages: number
}

const nothing = (): Direction => ({ wire: 0, wireBefore: 0, webSocket: 0, app: 0, frames: 0, messages: 0 })

function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole
}

/** Counts data messages while the connection is open. */
export class Traffic {
  /** Whether the connection is open: only then is anything counted, but for the octets of the opening. */
  state: 'opening' | 'open' | 'over' = 'opening'
  readonly #out = nothing()
  readonly #in = nothing()

  wrote(octets: number): void {
    this.#octets(this.#out, octets)
  }

  read(octets: number): void {
    this.#octets(this.#in, octets)
  }

  #octets(direction: Direction, octets: number): void {
    if (this.state === 'opening') direction.wireBefore += octets
    else if (this.state === 'open') direction.wire += octets
  }

  sentFrame(): void {
    if (this.state === 'open') this.#out.frames++
  }

  gotFrame(): void {
    if (this.state === 'open') this.#in.frames++
  }

  /** A message of `app` octets that were `webSocket` octets of payload. */
  sentMessage(app: number, webSocket: number): void {
    this.#message(this.#out, app, webSocket)
  }

  gotMessage(app: number, webSocket: number): void {
    this.#message(this.#in, app, webSocket)
  }

  #message(direction: Direction, app: number, webSocket: number): void {
    if (this.state !== 'open') return
    direction.messages++
    direction.app += app
    direction.webSocket += webSocket
  }

  /** As Autobahn's reports name it. */
  get record(): Record<string, number | null> {
    return { ...named('incoming', this.#in), ...named('outgoing', this.#out) }
  }
}

function named(prefix: 'incoming' | 'outgoing', of: Direction): Record<string, number | null> {
  const name = prefix === 'incoming' ? 'Incoming' : 'Outgoing'
  return {
    [`${prefix}CompressionRatio`]: ratio(of.webSocket, of.app),
    [`${prefix}OctetsAppLevel`]: of.app,
    [`${prefix}OctetsWebSocketLevel`]: of.webSocket,
    [`${prefix}OctetsWireLevel`]: of.wire,
    [`${prefix}WebSocketFrames`]: of.frames,
    [`${prefix}WebSocketMessages`]: of.messages,
    [`${prefix}WebSocketOverhead`]: ratio(of.wire - of.webSocket, of.webSocket),
    [`preopen${name}OctetsWireLevel`]: of.wireBefore,
  }
}

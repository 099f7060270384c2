/** Which connection of a recording is played for whom: what asks for the same, in the order of the recording. */
import { extensionsOf } from '../protocol/handshake.ts'
import { listOf, parseRequestLine, type Head } from '../protocol/http-head.ts'
import { isSameSubprotocol } from './handshake-values.ts'

/** How a connection began. */
export interface Scene {
  conn: number
  request: Head
  /** Null where there was none. */
  answer: Head | null
}

export class Scenes {
  readonly #all: readonly Scene[]
  readonly #loop: boolean
  readonly #isAnew: boolean
  #left: Scene[]

  /** `loop`: when those that fit are all played, they are played again. `isAnew`: whatever extensions the client offers. */
  constructor(scenes: readonly Scene[], { loop, isAnew }: { loop: boolean; isAnew: boolean }) {
    this.#all = scenes
    this.#loop = loop
    this.#isAnew = isAnew
    this.#left = [...scenes]
  }

  /** How many were not played yet. */
  get left(): number {
    return this.#left.length
  }

  /** The next scene that fits `request`; or why there is none. */
  next(request: Head): Scene | string {
    const fits = (scene: Scene) => isAlike(scene.request, request)
    if (this.#loop && !this.#left.some(fits)) this.#left.push(...this.#all.filter(fits))
    const asked = targetOf(request)
    const scene =
      this.#left.find(one => fits(one) && targetOf(one.request) === asked) ?? this.#left.find(fits)
    if (scene === undefined) return this.#reason(request, fits)
    const missing = this.#isAnew ? null : missingExtension(scene, request)
    if (missing !== null)
      return `${missing} was agreed in the recording and is not offered (--level messages does without)`
    this.#left.splice(this.#left.indexOf(scene), 1)
    return scene
  }

  #reason(request: Head, fits: (scene: Scene) => boolean): string {
    const asked = `${targetOf(request)}${subprotocolsOf(request).length === 0 ? '' : ` with subprotocol ${subprotocolsOf(request).join(', ')}`}`
    return this.#all.some(fits)
      ? `every connection that asks for ${asked} was played (--loop plays them again)`
      : `no connection of the recording asks for ${asked}`
  }
}

/** True for the same path and the same subprotocols, as far as they were recorded. */
function isAlike(recorded: Head, live: Head): boolean {
  const path = (head: Head) => targetOf(head).split('?', 1)[0]
  return path(recorded) === path(live) && isSameSubprotocol(recorded, live)
}

function targetOf({ startLine }: Head): string {
  return parseRequestLine(startLine)?.target ?? ''
}

function subprotocolsOf(head: Head): readonly string[] {
  return listOf(head, 'Sec-WebSocket-Protocol')
}

function missingExtension({ answer }: Scene, request: Head): string | null {
  const offered = new Set(extensionsOf(request).map(({ name }) => name.toLowerCase()))
  const agreed = answer === null ? [] : extensionsOf(answer)
  return agreed.find(({ name }) => !offered.has(name.toLowerCase()))?.name ?? null
}

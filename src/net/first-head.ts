/** The first head of a connection, before it is decided what becomes of it. */
import { HeadReader, headLimit, type Head } from '../protocol/http-head.ts'
import type { Leg } from './leg.ts'
import type { Take } from './read-buffer.ts'

/**
 * Reads `leg` up to the end of its first head, at most `timeout` ms. Resolves with the head, and a leg that gives all of it
 * again; with null when none came.
 */
export async function firstHead(leg: Leg, timeout: number): Promise<{ head: Head; leg: Leg } | null> {
  const { socket } = leg
  const reader = new HeadReader()
  const held: Buffer[] = []
  let take: Take | null = null
  const head = await new Promise<Head | null>(resolve => {
    const giveUp = () => {
      resolve(null)
    }
    const timer = setTimeout(giveUp, timeout)
    socket.on('error', giveUp).once('end', giveUp).once('close', giveUp)
    leg.read(chunk => {
      if (take !== null) {
        take(chunk)
        return
      }
      held.push(Buffer.from(chunk))
      const read = reader.push(chunk)
      if (read === null && reader.length <= headLimit) return
      clearTimeout(timer)
      // Nothing of the socket is missed until it is read on.
      socket.pause()
      socket.off('end', giveUp)
      resolve(read?.head ?? null)
    })
  })
  if (head === null) {
    leg.reset()
    return null
  }
  const again: Leg = {
    socket,
    read(next) {
      take = next
      for (const chunk of held.splice(0)) next(chunk)
      socket.resume()
    },
    reset() {
      leg.reset()
    },
    probe(done) {
      leg.probe(done)
    },
    get secured() {
      return leg.secured
    },
    get notified() {
      return leg.notified
    },
  }
  return { head, leg: again }
}

/** The adapter to `wire/session.js`: the one place that knows how a session is made and fed. */
import { reply, request } from './handshake.mjs'

const info = { client: '127.0.0.1:50000', server: '127.0.0.1:9001', url: 'ws://127.0.0.1:9001/', tls: false }

/** A log that holds what all reads make. */
export async function filledLog(dist, { chunks }, limits) {
  const { session, feed } = await openSession(dist, { log: limits })
  for (const chunk of chunks) feed(chunk)
  return session.log
}

/** A pass over all reads of the client's side, after the opening handshake; throws where frames are missing. */
export async function sessionFeed(dist, { frames, chunks }) {
  const { session, feed } = await openSession(dist)
  return () => {
    const before = session.log.next
    for (let i = 0; i < chunks.length; i++) feed(chunks[i])
    if (session.log.next - before < frames)
      throw new Error(`${session.log.next - before} rows for ${frames} frames`)
    return frames
  }
}

/** A session after the opening handshake, and what gives it octets of the client. */
export async function openSession(dist, options) {
  const { Session } = await import(new URL('wire/session.js', dist))
  const session = new Session(options)
  const head = request({ host: '127.0.0.1:9001', pathname: '/' })
  let time = 0
  session.open(1, time, info)
  session.octets(1, time, 'client', Buffer.from(head))
  session.octets(1, time, 'server', Buffer.from(reply(head)))
  const feed = bytes => session.octets(1, (time += 0.02), 'client', bytes)
  return { session, feed }
}

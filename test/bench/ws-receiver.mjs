/** The parser of comparison: what a `ws` server reads with, as npm installs it, without add-ons. */
import { Receiver } from 'ws'

/** A pass over all chunks; throws where not every frame came out. */
export function wsReceiver({ frames, chunks }) {
  const receiver = new Receiver({ isServer: true })
  let seen = 0
  receiver.on('message', () => seen++)
  return () => {
    seen = 0
    for (let i = 0; i < chunks.length; i++) receiver.write(chunks[i])
    if (seen !== frames) throw new Error(`ws saw ${seen} of ${frames} frames`)
    return frames
  }
}

/** The peer that SENT the octets. */
export type Side = 'client' | 'server'

/** The other peer. */
export function peerOf(side: Side): Side {
  return side === 'client' ? 'server' : 'client'
}

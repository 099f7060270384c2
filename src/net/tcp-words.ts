/** System errors of sockets in the words of the wire log and of messages. */
import { errorCode } from '../errors.ts'
import type { TcpState } from '../wire/facts.ts'

const states: Record<string, TcpState> = {
  ECONNRESET: 'reset',
  EPIPE: 'reset',
  ECONNREFUSED: 'refused',
  ETIMEDOUT: 'timeout',
  ENOTFOUND: 'not-found',
  EAI_AGAIN: 'not-found',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
}

const texts: Record<string, string> = {
  EADDRINUSE: 'address in use (try --port 0)',
  EADDRNOTAVAIL: 'this machine has no such address',
  EACCES: 'permission denied (ports below 1024 need privileges)',
  ECONNREFUSED: 'connection refused (is the server running?)',
  ECONNRESET: 'connection reset',
  ETIMEDOUT: 'no answer in time (see --connect-timeout)',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'name lookup failed',
  EHOSTUNREACH: 'host unreachable',
  ENETUNREACH: 'network unreachable',
  EMFILE: 'too many open files (see ulimit -n)',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the certificate is self-signed (use --cacert FILE or -k)',
  SELF_SIGNED_CERT_IN_CHAIN: 'the certificate chain has an unknown root (use --cacert FILE or -k)',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'the certificate is from an unknown authority (use --cacert FILE or -k)',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'the certificate is from an unknown authority (use --cacert FILE or -k)',
  CERT_HAS_EXPIRED: 'the certificate has expired (-k ignores that)',
  ERR_TLS_CERT_ALTNAME_INVALID: 'the certificate is for another host (-k ignores that)',
  EPROTO: 'TLS failed: is this a TLS port?',
}

/** Several attempts (IPv6, IPv4) fail as one: the last one speaks. */
function single(error: unknown): unknown {
  return error instanceof AggregateError ? (error.errors.at(-1) as unknown) : error
}

/** The state of a side whose socket failed with `error`. */
export function tcpStateOf(error: unknown): TcpState {
  const code = errorCode(single(error))
  const isTls =
    code.includes('CERT') || code.startsWith('ERR_TLS') || code.startsWith('ERR_SSL') || code === 'EPROTO'
  return states[code] ?? (isTls || code in texts ? 'tls' : 'error')
}

/** What ended a stream before its TLS had come up: where TCP was up, TLS is what failed. */
export function beforeTls(error: Error): Error {
  return tcpStateOf(error) === 'reset' ? Object.assign(new Error(error.message), { code: 'EPROTO' }) : error
}

/** A system error as the end of a message for the user. */
export function tcpText(error: unknown): string {
  const one = single(error)
  const code = errorCode(one)
  if (code.startsWith('ERR_SSL')) return texts.EPROTO ?? code
  return texts[code] ?? (one instanceof Error ? one.message : String(one))
}

/** Status codes of RFC 6455 §7.4.1 and the registrations at IANA, by their names. */
const registered = new Map<number, string>([
  [1000, 'normal closure'],
  [1001, 'going away'],
  [1002, 'protocol error'],
  [1003, 'unsupported data'],
  [1005, 'no status received'],
  [1006, 'abnormal closure'],
  [1007, 'invalid frame payload data'],
  [1008, 'policy violation'],
  [1009, 'message too big'],
  [1010, 'mandatory extension'],
  [1011, 'internal error'],
  [1012, 'service restart'],
  [1013, 'try again later'],
  [1014, 'bad gateway'],
  [1015, 'TLS handshake'],
])

/** Codes that stand for an event and are never on the wire (RFC 6455 §7.4.1). */
const neverSent = new Set([1005, 1006, 1015])

/** What a code on the wire is: `valid`, `invalid` (RFC 6455 §7.4.1, §7.4.2) or `undefined` (5000 and up). */
export function closeCodeStanding(code: number): 'valid' | 'invalid' | 'undefined' {
  if (code >= 5000) return 'undefined'
  if (code >= 3000) return 'valid'
  return registered.has(code) && !neverSent.has(code) ? 'valid' : 'invalid'
}

/** The name of a status code, such as `going away`; `library code`, `private code` or `unassigned`. */
export function closeCodeName(code: number): string {
  if (code >= 3000 && code < 4000) return 'library code'
  if (code >= 4000 && code < 5000) return 'private code'
  return registered.get(code) ?? 'unassigned'
}

/** A close code in words; null is a Close without one. */
export function codeText(code: number | null): string {
  return code === null ? 'no code' : String(code)
}

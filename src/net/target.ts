/** The TARGET of a command line: `ws://…`, `wss://…`, `HOST:PORT` or `PORT`. */
import { ExitCode, UserError } from '../errors.ts'

export interface Target {
  /** Without brackets around IPv6. */
  host: string
  port: number
  tls: boolean
  /** Path and query, from `/` on. */
  path: string
  /** As a URL. */
  url: string
  /** For a Host header: the port only where it is not the scheme's own. */
  authority: string
}

/** Reads a TARGET. Throws a `UserError` (usage) for anything else. */
export function parseTarget(text: string): Target {
  const url = asUrl(text)
  if (url === null) throw usage(text, 'give ws://HOST[:PORT]/PATH, wss://…, HOST:PORT or PORT')
  if (url.protocol !== 'ws:' && url.protocol !== 'wss:')
    throw usage(text, 'the scheme must be ws:// or wss://')
  if (url.username !== '' || url.password !== '')
    throw usage(text, 'credentials belong in -H "Authorization: …"')
  const tls = url.protocol === 'wss:'
  return {
    host: url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname,
    port: url.port === '' ? (tls ? 443 : 80) : Number(url.port),
    tls,
    path: url.pathname + url.search,
    url: url.href,
    authority: url.host,
  }
}

function asUrl(text: string): URL | null {
  // URL would leave line breaks out without a word.
  if (/\p{Cc}/u.test(text)) return null
  if (isPort(text)) return new URL(`ws://127.0.0.1:${text}/`)
  if (text.includes('://')) return URL.canParse(text) ? new URL(text) : null
  const port = text.slice(text.lastIndexOf(':') + 1)
  return text.includes(':') && isPort(port) && URL.canParse(`ws://${text}`) ? new URL(`ws://${text}`) : null
}

function isPort(text: string): boolean {
  return text !== '' && String(Number(text)) === text && Number(text) >= 1 && Number(text) <= 65_535
}

function usage(text: string, hint: string): UserError {
  return new UserError(ExitCode.usage, `"${text}" is no target: ${hint}`)
}

/** `host:port`, with brackets around IPv6. */
export function hostPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

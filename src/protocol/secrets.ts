/** Which names of headers and query parameters, and which subprotocols, stand for a credential. */

/** What redaction writes over each octet of a credential. */
export const cover = 'x'

/** True for a subprotocol that redaction has overwritten: none that is so long has a name like that. */
export function isCovered(element: string): boolean {
  return element.length >= 8 && isOnlyCover(element)
}

/** True for what redaction may have overwritten, however short it was. */
export function isOnlyCover(value: string): boolean {
  return value !== '' && value === cover.repeat(value.length)
}

/** A name that has one of these in it, whatever the case and whatever stands between the letters. */
const telling = [
  'accesskey',
  'apikey',
  'authkey',
  'authorization',
  'bearer',
  'cookie',
  'csrf',
  'jwt',
  'oauth',
  'passphrase',
  'passwd',
  'password',
  'privatekey',
  'secret',
  'session',
  'signature',
  'subscriptionkey',
  'token',
  'xsrf',
]

/** Names that are too short for that. */
const exact: ReadonlySet<string> = new Set(['auth', 'key', 'otp', 'pass', 'pwd', 'sid', 'sig', 'ticket'])

/** True for the name of a header or of a query parameter whose value is a credential, also when it is percent-encoded. */
export function isSecretName(name: string): boolean {
  const plain = lettersOf(name)
  return exact.has(plain) || telling.some(part => plain.includes(part))
}

/** Lower-case letters and digits of a name: `Api-Key`, `api_key` and `%61pikey` are the same. */
function lettersOf(name: string): string {
  let letters = ''
  for (let i = 0; i < name.length; i++) {
    const decoded = name[i] === '%' ? parseInt(name.slice(i + 1, i + 3), 16) : NaN
    const char = Number.isNaN(decoded) ? name.charAt(i) : String.fromCharCode(decoded)
    if (!Number.isNaN(decoded)) i += 2
    if (isAlphanumeric(char)) letters += char.toLowerCase()
  }
  return letters
}

function isAlphanumeric(char: string): boolean {
  return isDigit(char) || (char >= 'a' && char <= 'z') || (char >= 'A' && char <= 'Z')
}

function isDigit(char: string): boolean {
  return char >= '0' && char <= '9'
}

/**
 * True for an element of Sec-WebSocket-Protocol that carries a credential: `bearer.…` and the like, a JWT, a long run of
 * base64url; and whatever follows an element that announces it, as in `access_token, …`.
 */
export function isSecretSubprotocol(element: string, previous: string): boolean {
  return carriesSecret(element) || (isSecretName(previous) && !carriesSecret(previous))
}

function carriesSecret(element: string): boolean {
  const isJwt = element.startsWith('eyJ')
  return isJwt || hasRandomRun(element) || element.split('.').slice(0, -1).some(isSecretName)
}

/** Runs of letters and digits that are no words: so long with some digits, or longer with any digit or capital. */
const longRun = 20
const longRunDigits = 3
const longestRun = 32

function hasRandomRun(text: string): boolean {
  let length = 0
  let digits = 0
  let capitals = 0
  for (const char of text) {
    if (!isAlphanumeric(char) && !'-_+/='.includes(char)) {
      length = digits = capitals = 0
      continue
    }
    length++
    if (isDigit(char)) digits++
    if (char >= 'A' && char <= 'Z') capitals++
    if (length >= longRun && digits >= longRunDigits) return true
    if (length >= longestRun && digits + capitals > 0) return true
  }
  return false
}

/** What redaction overwrites: the values of these headers and of these query parameters. */
export interface Secrets {
  header: (name: string) => boolean
  parameter: (name: string) => boolean
}

/** What lets somebody in. */
export const credentials: Secrets = { header: isSecretName, parameter: isSecretName }

/** Headers without which a handshake, or HTTP, would not be what it was; and those that only say what the program is. */
const needed: ReadonlySet<string> = new Set([
  'accept',
  'accept-encoding',
  'cache-control',
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'date',
  'expect',
  'keep-alive',
  'pragma',
  'sec-websocket-accept',
  'sec-websocket-extensions',
  'sec-websocket-key',
  'sec-websocket-version',
  'server',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'user-agent',
])

/** Whatever may tell who talks to whom about what. */
export const anythingPersonal: Secrets = {
  header: name => !needed.has(name.toLowerCase()),
  parameter: () => true,
}

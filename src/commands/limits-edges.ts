/** Bounds of sockets and files: what is relayed, recorded and served. */
import { connectionLimit } from '../net/listen.ts'
import { readSize } from '../net/read-buffer.ts'
import { flushTime } from '../net/relay.ts'
import { tlsTimeout } from '../net/tls.ts'
import { openLimit } from '../recording/fact-reader.ts'
import { nestingLimit } from '../recording/format.ts'
import { elementLimit } from '../recording/head-scrubber.ts'
import { noteLimit } from '../recording/read.ts'
import { defaultFlushInterval, headReserve } from '../recording/recorder.ts'
import { indexLimit } from '../recording/recording-index.ts'
import { lineLimit } from '../recording/recording-reader.ts'
import { patternLimit as chopPatternLimit } from '../replay/chop-pattern.ts'
import { sizeLimit as writeSizeLimit } from '../replay/write-tally.ts'
import { queueLimitOf } from './bounds.ts'
import { grace, patience as echoPatience } from './echo.ts'
import { octets, count, ms, type Limit, type LimitsOptions } from './limit.ts'

/** Of connections of the proxy. */
export function connectionLimits({ maxConnections, connectTimeout, linger }: LimitsOptions): Limit[] {
  const most = maxConnections ?? connectionLimit()
  return [
    count(
      'max-connections',
      'connections at a time; by default as `ulimit -n` allows, at most 10,000',
      most,
      '--max-connections',
      'refused, with a line on stderr',
    ),
    octets(
      'read',
      'octets of a side that are read at once; it is read no further while they wait to be written',
      readSize,
      null,
      'the side has to wait; after 1 s `STALL`',
    ),
    ms(
      'connect-timeout',
      'TCP and TLS to the target',
      connectTimeout * 1000,
      '--connect-timeout',
      '`TIMEOUT`, and the client is reset',
    ),
    ms('tls', 'the TLS handshake of a client', tlsTimeout, null, 'it is given up, with a line on stderr'),
    ms(
      'linger',
      'silence of a half-closed connection',
      linger * 1000,
      '--linger',
      'both sides are closed: `CLOSED`',
    ),
    ms(
      'flush',
      'what is still to be written when a connection is cut',
      flushTime,
      null,
      'the rest is dropped',
    ),
  ]
}

/** Of recordings. */
export function recordingLimits(options: LimitsOptions): Limit[] {
  return [
    octets(
      'queue',
      'lines that wait for the disk',
      queueLimitOf(options),
      '--queue',
      'a counted gap; with `--on-full wait` the sockets wait',
    ),
    octets(
      'head-reserve',
      'first octets of a side that may wait beside a full queue',
      headReserve,
      null,
      'a counted gap',
    ),
    ms('flush-interval', 'until a line is written', defaultFlushInterval, null, 'it is written'),
    octets(
      'subprotocol',
      'an element that may hold a credential',
      elementLimit,
      null,
      'it is taken for one and overwritten',
    ),
    octets('line', 'a line that is read', lineLimit, null, 'it is skipped, and a note says so'),
    count(
      'nesting',
      'brackets within brackets in a long line',
      nestingLimit,
      null,
      'it is skipped, and a note says so',
    ),
    count(
      'opened',
      'connections of a recording that are open at a time',
      openLimit,
      null,
      'lines of others are skipped, and a note says so',
    ),
    octets(
      'index',
      'what is kept of all connections of a recording that is read by connection',
      indexLimit,
      null,
      'others are left out, and a note says how many',
    ),
    count('notes', 'lines whose fault is told one by one', noteLimit, null, 'the rest is counted'),
  ]
}

/** Of the echo server. */
export function echoLimits({ maxMessage }: LimitsOptions): Limit[] {
  return [
    octets(
      'max-message',
      'a message, inflated',
      maxMessage * 1024 * 1024,
      '--max-message',
      'Close with 1009',
    ),
    ms(
      'echo-head',
      'a request head, and the end of TCP after Close',
      echoPatience,
      null,
      'the connection is ended',
    ),
    ms('echo-stop', 'for clients to close when it stops', grace, null, 'connections are cut'),
  ]
}

/** Of chop patterns and sweeps. */
export function chopLimits({ sweepLimit }: LimitsOptions): Limit[] {
  return [
    count('chop-pattern', 'characters of a chop pattern', chopPatternLimit, null, 'the pattern is refused'),
    count(
      'chop-sizes',
      'sizes of writes counted one by one',
      writeSizeLimit,
      null,
      'counted as `other sizes`',
    ),
    count(
      'sweep-limit',
      'cuts that a sweep tries',
      sweepLimit,
      '--sweep-limit',
      'spread over their kinds; the rest is counted',
    ),
  ]
}

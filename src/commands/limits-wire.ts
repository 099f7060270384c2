/** Bounds of what is decoded, kept and shown of the wire. */
import { stallTimes } from '../net/stall-watch.ts'
import { windowLimit } from '../protocol/deflate-history.ts'
import { earlyLimit, pipelineLimit } from '../protocol/http-exchange.ts'
import { headLimit } from '../protocol/http-head.ts'
import { finalBlockLimit } from '../protocol/inflate-blocks.ts'
import { streamLimit } from '../protocol/inflate-stream.ts'
import { closeLooks, retryLimit } from '../protocol/inflater.ts'
import { controlLimit, manyFragments } from '../protocol/message.ts'
import { patternLimit } from '../wire/filter/octet-pattern.ts'
import { depthLimit, textLimit } from '../wire/filter/parse.ts'
import { programLimit } from '../wire/filter/regex-program.ts'
import { regexLimit, sourceLimit } from '../wire/filter/regex.ts'
import { scanLimit } from '../wire/filter/search.ts'
import { defaultPreview } from '../wire/format.ts'
import { defaultMaxPayload } from '../wire/json.ts'
import { inflatedLimit } from '../wire/log.ts'
import { patience } from '../wire/pair.ts'
import { pingLimit } from '../wire/ping-book.ts'
import { evidenceLimit } from '../wire/side-session.ts'
import { followLimit } from '../wire/stats/connections.ts'
import { sampleLimit } from '../wire/stats/sample.ts'
import { inflateLimitOf, logLimitsOf } from './bounds.ts'
import { octets, count, ms, valueText, type Limit, type LimitsOptions } from './limit.ts'

/** Of heads, and of what surrounds them. */
export function headLimits(): Limit[] {
  const opaque = 'the side is not decoded from there on, and a row says so'
  return [
    octets('head', 'a head, and a line of chunked framing', headLimit, null, opaque),
    octets('early', 'client octets held for the response to an upgrade', earlyLimit, null, opaque),
    count('pipeline', 'requests without a response', pipelineLimit, null, opaque),
  ]
}

/** Of messages, as they are inflated and checked. */
export function messageLimits(options: LimitsOptions): Limit[] {
  const { octets: inflated, ratio, ratioFrom } = inflateLimitOf(options)
  const capped = '`inflate capped`; the context is lost until a message needs none'
  return [
    octets('inflate-limit', 'an inflated message', inflated, '--inflate-limit', capped),
    {
      name: 'inflate-ratio',
      what: `an inflated message of more than ${valueText({ value: ratioFrom, unit: 'octets' })}`,
      value: ratio,
      unit: 'ratio',
      flag: '--inflate-ratio',
      then: capped,
    },
    count('final-blocks', 'blocks with BFINAL set in one message', finalBlockLimit, null, capped),
    octets('history', 'plain octets that the next message may refer to', windowLimit, null, '`context lost`'),
    octets(
      'retry',
      'a compressed message that is inflated again to say what is wrong',
      retryLimit,
      null,
      'less is said of it',
    ),
    count(
      'context-looks',
      'messages of a side looked at for use of the context; one that uses it counts for four',
      closeLooks,
      null,
      '`context used` is left out',
    ),
    count(
      'inflate-streams',
      'states of zlib kept from message to message, some 80 KiB each',
      streamLimit,
      null,
      'that used longest ago is made anew from the last 32 KiB when its next message comes',
    ),
    octets(
      'control',
      'payload of a control frame that is looked at',
      controlLimit,
      null,
      'the rest is counted',
    ),
    count(
      'fragments',
      'fragments of a message before they are worth a word',
      manyFragments,
      null,
      'a notice, once a message; nothing is kept of them',
    ),
    count('pings', 'pings of a side that wait for their pong', pingLimit, null, 'the oldest are given up'),
  ]
}

/** Of the wire log, and of what is printed of it. */
export function logLimits(options: LimitsOptions): Limit[] {
  const { memory, rows } = logLimitsOf(options)
  const cut = '`…`, with `--json` `"truncated":true`'
  const given = options.maxPayload
  return [
    octets(
      'memory',
      'octets kept for display, a quarter of it inflated ones',
      memory,
      '--memory',
      'the oldest are dropped: `no longer kept`',
    ),
    count(
      'rows',
      'rows kept',
      rows,
      '--rows',
      'the oldest are dropped; an output that fell behind says `MISSED`',
    ),
    octets('inflated', 'kept of each inflated message', inflatedLimit, null, cut),
    octets('max-payload', 'shown of each payload in a line', given ?? defaultPreview, '--max-payload', cut),
    octets(
      'max-payload-json',
      'shown of each payload in JSON',
      given ?? defaultMaxPayload,
      '--max-payload',
      cut,
    ),
    octets(
      'evidence',
      'shown with a violation',
      evidenceLimit,
      null,
      'the first octets, or the last up to the offending one',
    ),
    count(
      'durations',
      'durations that statistics keep',
      sampleLimit,
      null,
      'every second is kept, every fourth, and so on',
    ),
    count(
      'followed',
      'open connections that statistics follow',
      followLimit,
      null,
      'the oldest are not awaited any more',
    ),
  ]
}

/** Of the time in which something is due. */
export function patienceLimits(): Limit[] {
  const says = (rule: string) => `\`${rule}\``
  return [
    ms(
      'handshake',
      'the request head, and the response to it',
      patience.handshake,
      null,
      says('handshake.slow'),
    ),
    ms('pong', 'a pong that is not slow', patience.pong, null, says('pong.slow')),
    ms('ping', 'a pong at all', patience.ping, null, says('ping.unanswered')),
    ms('close', 'the answer to Close', patience.close, null, says('close.unanswered')),
    ms('tcp', 'the end of TCP after both Closes', patience.tcp, null, says('tcp.server-late')),
    ms(
      'reaction',
      'the end of a connection after a violation',
      patience.reaction,
      null,
      'a rule named `….tolerated`',
    ),
    ms('message', 'the next octet of an open message', patience.message, null, says('message.stalled')),
    ms('idle', 'any octet, where nobody pings', patience.idle, null, says('keepalive.missing')),
    ...stallTimes.map((time, i) =>
      ms(`stall-${i + 1}`, 'a side takes octets that wait for it', time, null, '`STALL`, `reader.stalled`'),
    ),
  ]
}

/** Of filters. */
export function filterLimits(): Limit[] {
  const refused = 'the filter is refused'
  return [
    count('filter', 'characters of a filter', textLimit, null, refused),
    count('filter-depth', 'parentheses and negations inside each other', depthLimit, null, refused),
    count('regex', 'characters of a regular expression', sourceLimit, null, refused),
    count('regex-program', 'instructions that it becomes', programLimit, null, refused),
    count('pattern', 'positions of a text or pattern of octets', patternLimit, null, refused),
    count(
      'regex-text',
      'characters of a text that it looks at',
      regexLimit,
      null,
      'the rest is not looked at',
    ),
    octets('search', 'octets of a row that a search looks at', scanLimit, null, 'the rest is not looked at'),
  ]
}

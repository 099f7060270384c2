/** Bounds of what is played again and compared. */
import { heldEnough, mostHeld } from '../net/player.ts'
import { lookAhead, mostWaiting } from '../replay/alignment.ts'
import { jsonDepth } from '../replay/json-value.ts'
import { jsonLimit } from '../replay/payload-difference.ts'
import { inflateLimitOf } from './bounds.ts'
import { defaultTolerance } from './comparing.ts'
import { octets, count, ms, type Limit, type LimitsOptions } from './limit.ts'
import { differenceLimit } from './options.ts'
import { failTime, pingTime } from './performance.ts'

/** Of replays. */
export function replayLimits(): Limit[] {
  return [
    octets(
      'replay-held',
      'what the peer says and waits to be compared',
      heldEnough,
      null,
      'it is read no further, unless the replay waits for it',
    ),
    octets('replay-flood', 'and at most', mostHeld, null, 'the replay is ended: a difference'),
    ms('replay-wait', 'without progress of the peer', 10_000, null, 'a difference (`--timeout` sets it)'),
    ms(
      'replay-pause',
      'a recorded pause',
      60_000,
      null,
      'it is cut, and that is said (`--max-delay` sets it)',
    ),
    ms(
      'replay-fail',
      'for a peer to fail inside a frame, with `--expect sound`',
      failTime,
      null,
      'the replay goes on',
    ),
    ms(
      'replay-ping',
      'for the Ping that a recorded Pong answered to come before it',
      pingTime,
      null,
      'the Pong goes out, and no such Ping is waited for again',
    ),
  ]
}

/** Of comparisons. */
export function comparisonLimits(options: LimitsOptions): Limit[] {
  const { octets: messageLimit } = inflateLimitOf(options)
  return [
    octets(
      'compared-message',
      'a message, inflated, that is compared',
      messageLimit,
      '--inflate-limit',
      'counted as not compared',
    ),
    octets('compared-json', 'a message compared as JSON', jsonLimit, null, 'it is compared as text'),
    count(
      'compared-nesting',
      'brackets within brackets in a message compared as JSON',
      jsonDepth,
      null,
      'it is compared as text',
    ),
    count(
      'look-ahead',
      'messages looked at to find how two sequences go on together',
      lookAhead.items,
      null,
      'what was missing further on is told as different messages',
    ),
    octets('look-ahead-octets', 'and their octets', lookAhead.octets, null, 'the same'),
    octets(
      'waiting',
      'messages of a side that wait for a counterpart',
      mostWaiting.octets,
      null,
      'the first of them counts as without one',
    ),
    count('waiting-messages', 'and how many', mostWaiting.items, null, 'the same'),
    count(
      'differences',
      'differences told of each connection',
      differenceLimit,
      null,
      'the rest is counted (`--limit` sets it)',
    ),
    ms(
      'tolerance',
      'times that differ by less are the same',
      defaultTolerance,
      null,
      'a difference, where times are compared (`--tolerance` sets it)',
    ),
  ]
}

import type { RuleId } from '../../src/protocol/rules.ts'
import type { Side } from '../../src/protocol/side.ts'

/** Errors and warnings that cases provoke: everything else that is found in a recording is a false positive. */
export interface Provoked {
  recordings: readonly string[]
  /** Names of cases; `*` at the end stands for anything. */
  cases: readonly string[]
  /** Of these only the cases of the Autobahn suite in which it is to be refused with one of these codes. */
  refusedWith?: readonly number[]
  /** At fault. `suite` is the client in one recording, the server in the other. */
  from: Side | 'suite'
  rules: readonly RuleId[]
  why: string
}

const suite = ['autobahn-client', 'autobahn-server']

export const provoked: readonly Provoked[] = [
  {
    recordings: ['ws'],
    cases: ['terminate-by-client', 'subprotocol-none'],
    from: 'client',
    rules: ['close.missing'],
    why: 'terminate(), and what `ws` does when no subprotocol was chosen, end TCP without a Close',
  },
  {
    recordings: ['ws', 'undici', 'chromium'],
    cases: ['terminate-by-server'],
    from: 'server',
    rules: ['close.missing'],
    why: 'terminate() ends TCP without a Close',
  },
  {
    recordings: ['ws'],
    cases: ['close-in-fragments'],
    from: 'client',
    rules: ['message.unfinished'],
    why: 'the case closes inside a message',
  },
  {
    recordings: ['websocket-client'],
    cases: ['shutdown'],
    from: 'client',
    rules: ['close.missing'],
    why: 'shutdown() ends TCP without a Close',
  },
  {
    recordings: suite,
    cases: ['2.5', '7.3.6'],
    from: 'suite',
    rules: ['control.too-long'],
    why: 'a Ping and a Close of 126 octets',
  },
  {
    recordings: suite,
    cases: ['3.*'],
    from: 'suite',
    rules: ['rsv.reserved', 'rsv.not-negotiated'],
    why: 'reserved bits are set',
  },
  {
    recordings: suite,
    cases: ['3.7'],
    from: 'suite',
    rules: ['close.repeated', 'stream.after-close'],
    why: 'the frame with reserved bits is a Close, and the suite answers the Close that refuses it',
  },
  {
    recordings: suite,
    cases: ['4.1.*'],
    from: 'suite',
    rules: ['opcode.reserved-data'],
    why: 'reserved opcodes',
  },
  {
    recordings: suite,
    cases: ['4.2.*'],
    from: 'suite',
    rules: ['opcode.reserved-control'],
    why: 'reserved opcodes',
  },
  {
    recordings: suite,
    cases: ['6.4.*'],
    from: 'suite',
    rules: ['message.unfinished'],
    why: 'sent in pieces, and refused before the last of them',
  },
  {
    recordings: suite,
    cases: ['5.1', '5.2'],
    from: 'suite',
    rules: ['control.fragmented', 'continuation.unexpected'],
    why: 'a Ping and a Pong in fragments',
  },
  {
    recordings: suite,
    cases: ['5.*'],
    refusedWith: [1002],
    from: 'suite',
    rules: ['continuation.unexpected'],
    why: 'continuation frames of nothing (5.9 to 5.17)',
  },
  {
    recordings: suite,
    cases: ['5.18'],
    from: 'suite',
    rules: ['continuation.expected'],
    why: 'a message inside another',
  },
  {
    recordings: suite,
    cases: ['6.*'],
    refusedWith: [1007],
    from: 'suite',
    rules: ['text.invalid-utf8', 'text.truncated-utf8'],
    why: 'text that is not UTF-8',
  },
  {
    recordings: suite,
    cases: ['7.1.2'],
    from: 'suite',
    rules: ['close.repeated'],
    why: 'two Close frames',
  },
  {
    recordings: suite,
    cases: ['7.1.4', '7.1.5'],
    from: 'suite',
    rules: ['close.data-after'],
    why: 'a message behind the Close',
  },
  {
    recordings: suite,
    cases: ['7.1.5'],
    from: 'suite',
    rules: ['message.unfinished'],
    why: 'a Close inside a message',
  },
  {
    recordings: suite,
    cases: ['7.3.2'],
    from: 'suite',
    rules: ['close.one-octet'],
    why: 'a Close of one octet',
  },
  {
    recordings: suite,
    cases: ['7.5.1'],
    from: 'suite',
    rules: ['close.invalid-utf8'],
    why: 'a reason that is not UTF-8',
  },
  {
    recordings: suite,
    cases: ['7.9.*'],
    from: 'suite',
    rules: ['close.invalid-code'],
    why: 'codes that must not be on the wire',
  },
  {
    recordings: suite,
    cases: ['7.13.*'],
    from: 'suite',
    rules: ['close.undefined-code'],
    why: 'the codes 5000 and 65535',
  },
  {
    recordings: ['autobahn-client'],
    cases: ['7.13.*'],
    from: 'server',
    rules: ['close.undefined-code'],
    why: 'the echo server answers with the code that it got',
  },
]

/** Group ws.close: codes that came after RFC 6455, and TCP that ends in one direction. */
import type { CloseRule, ConformCase, Step } from '../../case.ts'
import {
  begin,
  binary,
  close,
  closeWith,
  cont,
  frame,
  gotText,
  killAfter,
  normalClose,
  onlyClosed,
  part,
  ping,
  text,
  utf8,
  wait,
} from '../../shorthand.ts'
import { numbered, type Unnumbered } from './numbered.ts'

const hello = 'Hello, world!'

/** The fuzzer sends a Close; nothing but its answer may come back. */
function closing(description: string, expectation: string, rule: CloseRule, ...steps: readonly Step[]) {
  return { description, expectation, ...onlyClosed(steps, rule) } satisfies Unnumbered
}

function valid(code: number, reason = ''): Unnumbered {
  return closing(
    `A Close frame with the code ${code}${reason === '' ? '' : ` and a reason of ${utf8(reason).length} octets`}.`,
    'The peer answers with the same code, 1000 or none, and the end is clean.',
    { closedByMe: true, closeCode: [1000, code], requireClean: true },
    close(code, reason),
  )
}

/** Whoever ends TCP without a Close has left: the other side ends it too, with a Close or without. */
const leaves: CloseRule = { closedByMe: false, closeCode: [1000, 1001, 1002, 1011], requireClean: false }

function halfClosed(description: string, ...steps: readonly Step[]): Unnumbered {
  return {
    description,
    expectation: 'The peer ends TCP within 1 s; it may say so with a Close.',
    steps: [...steps, { do: 'fin' }, killAfter(1)],
    expected: { OK: [] },
    close: leaves,
  }
}

/** Cases ws.close.1 and up. */
export const extendedClose: readonly ConformCase[] = numbered('ws.close', [
  valid(1012),
  valid(1013),
  valid(1014),
  valid(3000, 'Grüße'),
  valid(4321),
  valid(4999, 'ü€'.repeat(24)),
  closing(
    'A Close frame with the code 1015, which stands for a failed TLS handshake and must not be sent.',
    'The peer answers with 1002, or ends TCP.',
    { closedByMe: true, closeCode: [1002], requireClean: false },
    close(1015),
  ),
  closing(
    'A Close frame, then a text message, a ping, a binary message and a second Close, each in a write of its own.',
    'Nothing comes back but the answer to the first Close: 1000 or no code, and the end is clean.',
    normalClose,
    closeWith(Uint8Array.of(3, 232)),
    ...[text(hello), ping(hello), binary(hello), frame(8, Uint8Array.of(3, 233))].map(one => ({
      ...one,
      sync: true,
    })),
  ),
  {
    ...closing(
      'A Close frame written octet by octet.',
      'The peer answers with 1000 or without a code.',
      { closedByMe: false, closeCode: [1000], requireClean: true },
      frame(8, Uint8Array.of(3, 232, ...utf8('bye')), { chop: 1 }),
    ),
  },
  halfClosed('The fuzzer ends its direction of TCP without a Close.', wait(0.1)),
  halfClosed('The fuzzer ends its direction of TCP inside a frame.', begin(20), part('half a frame')),
  halfClosed(
    'The fuzzer ends its direction of TCP inside a message in fragments.',
    text('fragment1', { fin: false }),
    cont('fragment2', { fin: false }),
  ),
  {
    ...halfClosed('A text message, and at once the end of the fuzzer’s direction of TCP.', text(hello)),
    expectation:
      'The message comes back, then the peer ends TCP within 1 s. Without the message the case is NON-STRICT.',
    expected: { OK: [gotText(hello)], 'NON-STRICT': [] },
    keepsOpen: true,
  },
  {
    ...closing(
      'A Close frame, and at once the end of the fuzzer’s direction of TCP.',
      'The peer answers the Close with 1000 or without a code, and ends TCP.',
      normalClose,
      close(1000),
      { do: 'fin' },
    ),
    role: 'client',
  },
])

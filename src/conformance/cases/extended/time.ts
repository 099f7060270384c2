/** Group ws.time: peers that take their time, within what a connection must bear. */
import type { ConformCase } from '../../case.ts'
import {
  begin,
  cont,
  gotPong,
  gotText,
  killAfter,
  normalClose,
  part,
  ping,
  text,
  wait,
} from '../../shorthand.ts'
import { numbered, type Unnumbered } from './numbered.ts'

const hello = 'Hello, world!'
const comesBack = 'All comes back as it was sent. Then the fuzzer closes with 1000.'

/** A head in pieces of 40 octets, a few hundred in all: some seconds. */
const drip = { chop: 40, pause: 0.3 }

function slow(description: string, of: Pick<Unnumbered, 'steps' | 'expected'>): Unnumbered {
  return { description, expectation: comesBack, ...of, close: normalClose }
}

/** Cases ws.time.1 and up. */
export const extendedTime: readonly ConformCase[] = numbered('ws.time', [
  {
    ...slow('The request in pieces of 40 octets, 0.3 s apart.', {
      steps: [text(hello), killAfter(1)],
      expected: { OK: [gotText(hello)] },
    }),
    expectation:
      'The server accepts the request, and the message comes back. NON-STRICT where it refuses, or ends TCP.',
    role: 'client',
    opening: { ...drip, expected: { OK: ['opened'], 'NON-STRICT': ['refused', 'versions', 'dropped'] } },
  },
  {
    ...slow('The response in pieces of 40 octets, 0.3 s apart.', {
      steps: [text(hello), killAfter(1)],
      expected: { OK: [gotText(hello)] },
    }),
    role: 'server',
    opening: drip,
  },
  slow('A text message whose payload comes octet by octet, 0.2 s apart.', {
    steps: [
      begin(hello.length),
      ...Array.from(hello, octet => [part(octet), wait(0.2)]).flat(),
      killAfter(1),
    ],
    expected: { OK: [gotText(hello)] },
  }),
  slow('The header of a text message, and its payload 2 s later.', {
    steps: [begin(5), wait(2), part('Hello'), killAfter(1)],
    expected: { OK: [gotText('Hello')] },
  }),
  slow('A message in three fragments, 1 s apart, with a ping between them.', {
    steps: [
      text('one', { fin: false }),
      wait(1),
      cont('two', { fin: false }),
      ping('still there?'),
      wait(1),
      cont('three'),
      killAfter(1),
    ],
    expected: { OK: [gotPong('still there?'), gotText('onetwothree')] },
  }),
  slow('Nothing at all for 3 s, then a text message.', {
    steps: [wait(3), text(hello), killAfter(1)],
    expected: { OK: [gotText(hello)] },
  }),
])

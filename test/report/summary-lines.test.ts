/** What a comparison came to, in sentences. */
import { expect, it } from 'vitest'
import { summaryLines } from '../../src/report/comparison-report.ts'
import { closeFrame, compare, dialogueOf, session, text } from '../replay/support.ts'
import { opened, tcp } from '../support/facts.ts'

const names = { expected: 'A', got: 'B' }

it('say in words that nothing is the same, and nothing of time where it does not differ', () => {
  const [one, none] = [session(text('server', 'hi')), session()]
  expect(summaryLines(compare(one, none), names)).toContain('No message is the same, 1 in A alone.')
  expect(summaryLines(compare(one, one), names).join(' ')).not.toContain(' ms ')
  const late = session(text('server', 'hi', 0.1 + 0.2))
  expect(summaryLines(compare(one, late), names).join(' ')).toContain('at most 0.3 ms later')
  expect(compare(one, late).pace.worst).toBe(0.3)
})

it('say how it ended where that is the same, and only there', () => {
  const ended = (code: number) =>
    dialogueOf([...opened(), closeFrame('client', code), tcp('server', 'reset'), tcp('client', 'closed')])
  const [one, other, open] = [ended(1000), ended(1001), dialogueOf(opened())]
  const ends = (...compared: Parameters<typeof compare>) =>
    summaryLines(compare(...compared), names).filter(line => line.startsWith('The '))
  const [close, tcpEnd] = ['The Close is the same: client 1000.', 'The end of TCP is the same: server reset.']
  expect(ends(one, one)).toEqual([close, tcpEnd])
  expect(ends(one, other)).toEqual([tcpEnd])
  expect(ends(open, one)).toEqual([])
  expect(ends(one, one, { sides: ['server'] })).toEqual([tcpEnd])
})

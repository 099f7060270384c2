/** What a comparison came to, in sentences. */
import { expect, it } from 'vitest'
import { summaryLines } from '../../src/report/comparison-report.ts'
import { compare, session, text } from '../replay/support.ts'

const names = { expected: 'A', got: 'B' }

it('say in words that nothing is the same, and nothing of time where it does not differ', () => {
  const [one, none] = [session(text('server', 'hi')), session()]
  expect(summaryLines(compare(one, none), names)).toContain('No message is the same, 1 in A alone.')
  expect(summaryLines(compare(one, one), names).join(' ')).not.toContain(' ms ')
  const late = session(text('server', 'hi', 0.1 + 0.2))
  expect(summaryLines(compare(one, late), names).join(' ')).toContain('at most 0.3 ms later')
  expect(compare(one, late).pace.worst).toBe(0.3)
})

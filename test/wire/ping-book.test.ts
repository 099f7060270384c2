import { describe, expect, it } from 'vitest'
import { PingBook } from '../../src/wire/ping-book.ts'
import { octets } from '../support/octets.ts'

describe('PingBook (RFC 6455 §5.5.3)', () => {
  it('measures from the most recent ping with the payload of the pong', () => {
    const book = new PingBook()
    book.add(octets('a'), 1)
    book.add(octets('a'), 2)
    book.add(octets('b'), 3)
    expect(book.answer(octets('a'), 10)).toBe(8)
    expect(book.answer(octets('a'), 11)).toBeNaN()
    expect(book.answer(octets('a'), 11)).toBeNull()
    expect(book.answer(octets('b'), 12)).toBe(9)
  })

  it('takes older pings for answered, and leaves younger ones open', () => {
    const book = new PingBook()
    for (const [time, payload] of ['old', 'answered', 'young'].entries()) book.add(octets(payload), time)
    expect(book.answer(octets('answered'), 5)).toBe(4)
    expect(book.answer(octets('old'), 6)).toBeNaN()
    expect(book.answer(octets('young'), 7)).toBe(5)
  })

  it('has no answer for a pong nobody asked for', () => {
    expect(new PingBook().answer(octets(''), 1)).toBeNull()
  })

  it('keeps the payload as it was', () => {
    const book = new PingBook()
    const payload = octets('ping')
    book.add(payload, 1)
    payload.fill(0)
    expect(book.answer(octets('ping'), 2)).toBe(1)
  })

  it('keeps 32 pings of a side that are not answered', () => {
    const book = new PingBook()
    for (let i = 0; i < 33; i++) book.add(octets(String(i)), i)
    expect(book.answer(octets('0'), 100)).toBeNull()
    expect(book.answer(octets('1'), 100)).toBe(99)
  })
})

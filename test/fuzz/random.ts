/** splitmix32: seeds that lie next to each other give streams that have nothing in common. */
export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed | 0
  }

  /** 32 random bits. */
  bits(): number {
    this.#state = (this.#state + 0x9e3779b9) | 0
    let z = this.#state
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad)
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97)
    return (z ^ (z >>> 15)) >>> 0
  }

  /** A whole number from 0 up to `limit`, which is not one of them; 0 where that is 0. */
  below(limit: number): number {
    return limit > 0 ? this.bits() % limit : 0
  }

  chance(of: number): boolean {
    return this.below(of) === 0
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!
  }

  octets(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.bits())
  }
}

/** Figures as pages write them. */

/** A whole number with thin spaces between thousands. */
export function grouped(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, '\u202f')
}

/** Milliseconds in a unit that leaves few digits. */
export function duration(ms: number): string {
  if (ms >= 10_000) return `${(ms / 1000).toFixed(1)} s`
  if (ms >= 100) return `${ms.toFixed(0)} ms`
  return ms >= 1 ? `${ms.toFixed(1)} ms` : `${(ms * 1000).toFixed(0)} µs`
}

/** Octets in a unit that leaves few digits. */
export function size(octets: number): string {
  if (octets < 10_000) return grouped(octets)
  return octets < 10 * 1024 ** 2
    ? `${(octets / 1024).toFixed(1)} KiB`
    : `${(octets / 1024 ** 2).toFixed(1)} MiB`
}

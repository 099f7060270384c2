/** Numbers in few columns. */

const steps = ['', 'K', 'M', 'G', 'T']

/** A count: `812`, `14.2k`, `8.1M`. */
export function countText(count: number): string {
  if (count < 10_000) return String(Math.round(count))
  return scaled(count, 1000).replace('K', 'k')
}

/** Octets: `812`, `12K`, `9.2M`, in steps of 1024. */
export function octetsText(octets: number): string {
  return octets < 10_000 ? String(Math.round(octets)) : scaled(octets, 1024)
}

/** A duration of `ms`: `0.9ms`, `12ms`, `1.3s`, `12m04s`, `3h07m`. */
export function durationText(ms: number): string {
  if (ms < 10) return `${ms.toFixed(1)}ms`
  if (ms < 1000) return `${Math.floor(ms)}ms`
  const seconds = ms / 1000
  if (seconds < 60) return `${(Math.floor(seconds * 10) / 10).toFixed(1)}s`
  const whole = Math.floor(seconds)
  if (whole < 3600) return `${Math.floor(whole / 60)}m${twoDigits(whole % 60)}s`
  return `${Math.floor(whole / 3600)}h${twoDigits(Math.floor(whole / 60) % 60)}m`
}

/** How times are shown: on the clock, since the start, since the row before, since the connection was opened. */
export type TimeMode = 'clock' | 'start' | 'previous' | 'connection'

/** A time of day, `ms` since the epoch, with milliseconds: `12:00:01.102`. */
export function clockText(ms: number): string {
  const date = new Date(ms)
  const [h, m, s] = [date.getHours(), date.getMinutes(), date.getSeconds()].map(twoDigits)
  return `${h ?? ''}:${m ?? ''}:${s ?? ''}.${String(date.getMilliseconds()).padStart(3, '0')}`
}

/** Milliseconds since something: `02.512`, `1:02.512`, `1:00:02.512`, to the millisecond. */
export function sinceText(ms: number): string {
  const total = Math.floor(ms)
  const part = `${twoDigits(Math.floor(total / 1000) % 60)}.${String(total % 1000).padStart(3, '0')}`
  const minutes = Math.floor(total / 60_000)
  if (minutes === 0) return part
  if (minutes < 60) return `${minutes}:${part}`
  return `${Math.floor(minutes / 60)}:${twoDigits(minutes % 60)}:${part}`
}

function scaled(value: number, step: number): string {
  let rest = value
  let unit = 0
  while (rest >= step && unit < steps.length - 1) {
    rest /= step
    unit++
  }
  return `${rest < 10 ? rest.toFixed(1) : Math.floor(rest)}${steps[unit] ?? ''}`
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0')
}

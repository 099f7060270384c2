/** Medians, spreads and ratios over rounds; a round that failed is null and counts for nothing. */
const known = values => values.filter(value => value !== null && Number.isFinite(value)).sort((a, b) => a - b)

export function percentile(values, share) {
  const sorted = known(values)
  return sorted.length === 0 ? null : sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]
}

export function median(values) {
  const sorted = known(values)
  if (sorted.length === 0) return null
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/** How far the rounds lie apart, as a share of their median. */
export function spread(values) {
  const sorted = known(values)
  return sorted.length === 0 ? null : (sorted.at(-1) - sorted[0]) / median(sorted)
}

/** The ratio is taken inside each round, and only then the median: a slow round is slow for both. */
export function medianRatio(values, base) {
  return median(values.map((value, round) => (value === null ? null : value / (base[round] ?? NaN))))
}

/** How one sequence becomes the other with the fewest differences (Levenshtein). */

/** `same` and `changed` take one item of both, `missing` one that was expected, `extra` one that came. */
export type Step = 'same' | 'changed' | 'missing' | 'extra'

/** A change counts more than one item alone and less than two: what is the same is preferred over fewer steps. */
const changeCost = 3
const aloneCost = 2

/** The steps through `rows` expected and `columns` received items. */
export function shortestEdit(
  rows: number,
  columns: number,
  isSame: (row: number, column: number) => boolean,
): Step[] {
  const width = columns + 1
  /** What it costs from row i and column j to the end, and the first step of it. */
  const costs = new Int32Array((rows + 1) * width)
  const steps = new Array<Step>((rows + 1) * width)
  const costAt = (at: number) => costs[at] ?? 0
  for (let i = rows; i >= 0; i--) {
    for (let j = columns; j >= 0; j--) {
      const at = i * width + j
      let best = Infinity
      const consider = (step: Step, cost: number) => {
        if (cost >= best) return
        best = costs[at] = cost
        steps[at] = step
      }
      if (i < rows && j < columns) {
        if (isSame(i, j)) consider('same', costAt(at + width + 1))
        else consider('changed', costAt(at + width + 1) + changeCost)
      }
      if (i < rows) consider('missing', costAt(at + width) + aloneCost)
      if (j < columns) consider('extra', costAt(at + 1) + aloneCost)
    }
  }
  const found: Step[] = []
  for (let at = 0; at < costs.length - 1;) {
    const step = steps[at] ?? 'extra'
    found.push(step)
    at += step === 'missing' ? width : step === 'extra' ? 1 : width + 1
  }
  return found
}

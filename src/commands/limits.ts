/** `wsinspect limits`: every bound, what is done beyond it, and the flag that changes it. */
import { valueText, type Limit, type LimitsOptions } from './limit.ts'
import { connectionLimits, recordingLimits, echoLimits, chopLimits } from './limits-edges.ts'
import { replayLimits, comparisonLimits } from './limits-replay.ts'
import { reportLimits, conformLimits } from './limits-report.ts'
import { screenLimits } from './limits-screen.ts'
import { headLimits, messageLimits, logLimits, patienceLimits, filterLimits } from './limits-wire.ts'

/** All bounds, in chapters, as these options make them. */
export function limitsOf(options: LimitsOptions): Record<string, Limit[]> {
  return {
    'HTTP before the upgrade': headLimits(),
    Messages: messageLimits(options),
    'Wire log and output': logLimits(options),
    'The screen': screenLimits(),
    'Waiting for what should come': patienceLimits(),
    Connections: connectionLimits(options),
    Recordings: recordingLimits(options),
    Reports: reportLimits(),
    Replaying: replayLimits(),
    Comparing: comparisonLimits(options),
    'Conformance suite': conformLimits(),
    Filters: filterLimits(),
    'Echo server': echoLimits(options),
    'Chops and sweeps': chopLimits(options),
  }
}

/** Prints the bounds as these options make them: a table, or JSON lines. */
export function limits(options: LimitsOptions): void {
  const chapters = Object.entries(limitsOf(options))
  const lines = options.json
    ? chapters.flatMap(([, of]) => of.map(limit => JSON.stringify({ type: 'limit', ...limit })))
    : chapters.flatMap(([title, of], i) => [...(i === 0 ? [] : ['']), title, ...tableLines(of)])
  process.stdout.write(`${lines.join('\n')}\n`)
}

function tableLines(of: readonly Limit[]): string[] {
  const rows = of.map(limit => [
    valueText(limit),
    limit.flag ?? 'fixed',
    limit.what,
    limit.then.replaceAll('`', ''),
  ])
  const widths = [10, 17, Math.max(...rows.map(([, , what]) => what?.length ?? 0))]
  return rows.map(cells => `  ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ')}`)
}

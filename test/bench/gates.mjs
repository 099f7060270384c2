import { number } from './table.mjs'

/**
 * What the figures should reach: below what was reached while designing, because machines swing. A gate is no
 * test: a figure beyond it is marked `below`, and measured again before anyone worries.
 */
const AT_LEAST = (value, gate) => value >= gate
const AT_MOST = (value, gate) => value <= gate

const floor = (id, what, of) =>
  Object.entries(of).map(([on, gate]) => ({ id, what, on, gate, sign: '>=', holds: AT_LEAST }))
const ceiling = (id, what, of) =>
  Object.entries(of).map(([on, gate]) => ({ id, what, on, gate, sign: '<=', holds: AT_MOST }))

const gates = [
  floor('P1', 'proxy throughput / node-net', { W1: 0.2, W2: 0.65, W3: 0.75, W4: 0.9 }),
  ceiling('P2', 'proxy CPU per frame / node-net', { W1: 8, W2: 1.7, W3: 1.5, W4: 1.3 }),
  floor('P3', 'proxy throughput / ws relay', { W1: 40, W2: 8, W3: 1.1, W4: 1 }),
  floor('P4', 'recording, nothing lost / node-net', { W1: 0.12, W2: 0.12, W3: 0.09, W4: 0.11 }),
  floor('P5', 'recording with gaps / recording off', { W1: 0.5, W2: 0.5, W3: 0.6, W4: 0.7 }),
  floor('P6', 'proxy with its screen open / without', { W1: 0.8, W2: 0.8, W3: 0.8, W4: 0.8 }),
  ceiling('P8', 'latency, recording on / node-net', { p50: 1.2, p99: 1.5 }),
  ceiling('P9', 'RSS after the floods, recording on, MiB', { RSS: 300 }),
  ceiling('M1', 'memory of an idle proxied connection / node-net', { ratio: 1.4 }),
  ceiling('M1', 'memory of an idle proxied connection, KiB', { KiB: 20 }),
  ceiling('M2', 'memory of an idle echo connection / ws', { ratio: 1.2 }),
  floor('E1', 'echo throughput / ws', { W1: 12, W2: 4, W3: 2.5, W4: 1.5 }),
  floor('R1', 'frame decoder / ws Receiver', { '32 B': 12 }),
  floor('R2', 'session / ws Receiver', { '32 B': 4, '1 KiB': 3, '64 KiB': 5, '16 MiB': 5 }),
  floor('R3', 'messages / ws Receiver', { '32 B': 1.6, '1 KiB': 1.5, '64 KiB': 2.5, '16 MiB': 2.5 }),
  floor('R4', 'frame decoder, chops of 1 to 7 octets / ws Receiver', { '32 B': 1.3, '1 KiB': 1.3 }),
  floor('C1', 'recorder, chops per second / naive', { '64 KiB': 5, '1 KiB': 2, '32 B': 2 }),
  floor('Z1', 'inflating / ws', { '1 KiB': 6 }),
  floor('F1', 'filter, rows per second', { columns: 5e6, text: 1e6 }),
  ceiling('T1', 'the screen: a frame with every row another, ms', { p50: 3 }),
  ceiling('T2', 'the screen: key to screen at 100,000 rows/s, ms', { p99: 50 }),
  ceiling('T3', 'the screen: longest pause while a filter is typed, ms', { max: 8 }),
  ceiling('T4', 'the screen: share of a core when idle, %', { idle: 1 }),
  ceiling('T6', 'the screen: memory that 1,000,000 rows leave behind, MiB', { MiB: 20 }),
  ceiling('T5', 'the screen: a message while the terminal does not read, ms', { max: 100 }),
  ceiling('S1', 'wsinspect --help / an empty script', { wall: 1.35 }),
  ceiling('S2', 'wsinspect proxy to its first connection / an empty script', { wall: 1.9 }),
  floor('L1', 'log, MiB of recording per second', { '1 KiB': 60 }),
  floor('L2', 'log, rows per second', { '32 B': 100_000 }),
  ceiling('L3', 'RSS of log, MiB', { RSS: 300 }),
  floor('D1', 'streaming commands, MiB of recording per second', { replay: 60, diff: 60, cut: 60 }),
  ceiling('D2', 'streaming commands, CPU / naive reading', { replay: 3, diff: 1.5, JSON: 10, cut: 1 }),
  ceiling('D3', 'RSS of streaming commands, MiB', { RSS: 300 }),
].flat()

/** `figures`: values by gate, as `{ P1: { W1: 0.3 } }`. Gives the gates that were measured. */
export function judge(figures) {
  return gates.flatMap(({ id, what, on, gate, sign, holds }) => {
    const value = figures[id]?.[on]
    if (value === undefined || value === null) return []
    return {
      id,
      what,
      on,
      value,
      gate: `${sign} ${gate < 1e4 ? gate : number(gate)}`,
      verdict: holds(value, gate) ? 'pass' : 'below',
    }
  })
}

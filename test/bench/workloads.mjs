/** What the generator sends. A window is how many frames of one connection may be unanswered. */
const KIB = 1024

export const floods = [
  { name: 'W1', label: '8 x 32 B text', connections: 8, size: 32, opcode: 1, window: 1000 },
  { name: 'W2', label: '8 x 1 KiB binary', connections: 8, size: KIB, opcode: 2, window: 128 },
  { name: 'W3', label: '4 x 64 KiB binary', connections: 4, size: 64 * KIB, opcode: 2, window: 8 },
  { name: 'W4', label: '1 x 16 MiB binary', connections: 1, size: 16 * KIB * KIB, opcode: 2, window: 1 },
]

export const pingPong = {
  name: 'W5',
  label: 'ping-pong, 64 B text',
  connections: 1,
  size: 64,
  opcode: 1,
  window: 1,
  timed: true,
}

export const workloads = [...floods, pingPong]

export const workloadNamed = name => workloads.find(workload => workload.name === name)

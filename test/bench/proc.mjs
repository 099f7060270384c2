/** What the kernel tells of a process; null where there is no /proc. */
import { readFileSync } from 'node:fs'

const TICKS = 100

/** User and system time of all threads, in seconds. */
export function cpuSeconds(pid) {
  const stat = read(pid, 'stat')
  if (stat === null) return null
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS
}

export const rssMiB = pid => statusMiB(pid, /^VmRSS:\s+(\d+)/m)

/** The most there ever was. */
export const peakRssMiB = pid => statusMiB(pid, /^VmHWM:\s+(\d+)/m)

function statusMiB(pid, field) {
  const kib = field.exec(read(pid, 'status') ?? '')?.[1]
  return kib === undefined ? null : Number(kib) / 1024
}

function read(pid, file) {
  if (pid === null) return null
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1')
  } catch {
    return null
  }
}

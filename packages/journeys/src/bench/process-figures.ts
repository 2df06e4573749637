/** CPU and memory of a process, as the operating system counts them (Linux; 0 where it does not say). */
import { readFileSync } from 'node:fs'

/** USER_HZ is 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100

export const cpuSecondsOf = (pid: number): number => {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
  } catch {
    return 0
  }
}

export const rssMegabytesOf = (pid: number): number => {
  try {
    return Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024)
  } catch {
    return 0
  }
}

/** CPU and memory of a process, as the operating system counts them (Linux; 0 where it does not say). */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

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

const megabytesOf = (pid: number, field: string): number => {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    return Math.round(Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) / 1024)
  } catch {
    return 0
  }
}

export const rssMegabytesOf = (pid: number): number => megabytesOf(pid, 'VmRSS')
/** The most it ever had. */
export const peakMegabytesOf = (pid: number): number => megabytesOf(pid, 'VmHWM')

/** Bytes that it has given to the file system so far. */
export const writtenBytesOf = (pid: number): number => {
  try {
    return Number(/write_bytes: (\d+)/.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1] ?? 0)
  } catch {
    return 0
  }
}

/** Bytes that went over this machine's loopback so far, of whatever programs. */
export const loopbackBytes = (): number => {
  try {
    return Number(/^\s*lo:\s*(\d+)/m.exec(readFileSync('/proc/net/dev', 'utf8'))?.[1] ?? 0)
  } catch {
    return 0
  }
}

/** Bytes of the segments that a local broker has under its folder, its internal topics' included; 0 for a broker elsewhere. */
export const logBytesUnder = (folder: string): number => {
  let bytes = 0
  try {
    for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' }))
      if (file.endsWith('.log')) bytes += statSync(join(folder, file), { throwIfNoEntry: false })?.size ?? 0
  } catch {
    return 0
  }
  return bytes
}

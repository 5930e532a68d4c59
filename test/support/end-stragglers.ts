// Ends what a test run has left behind: servers and programs that its tests had started when it was cancelled. They are
// found by the folder for temporary files that the run gave to all its processes; where there is no /proc, they stay.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'

const pollMs = 20
/** For PostgreSQL, which ends its own processes and frees its memory. */
const orderlyMs = 3_000

export async function endStragglers(temporaryFolder: string): Promise<void> {
  if (!existsSync('/proc/self/environ')) return
  const find = (): number[] => findProcesses(temporaryFolder)
  for (const pid of find()) send(pid, 'SIGQUIT')
  const until = performance.now() + orderlyMs
  while (find().length > 0 && performance.now() < until) await delay(pollMs)
  for (let left = find(); left.length > 0; left = find()) {
    for (const pid of left) send(pid, 'SIGKILL')
    await delay(pollMs)
  }
}

function findProcesses(temporaryFolder: string): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return pids.map(Number).filter((pid) => pid !== process.pid && isOf(pid, temporaryFolder))
}

// PostgreSQL overwrites its environment with the title it gives itself, but names its data folder when it is started.
function isOf(pid: number, temporaryFolder: string): boolean {
  return ['environ', 'cmdline'].some((name) => read(`/proc/${pid}/${name}`).includes(temporaryFolder))
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // The process has ended, or is another user's and so none of ours.
    return ''
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    // It has ended meanwhile.
    if (Reflect.get(Object(error), 'code') !== 'ESRCH') throw error
  }
}

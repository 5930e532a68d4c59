// The lock under which the embedded PostgreSQL is started and stopped. It needs no clean-up after kill -9 of its holder.
//
// A lock folder holds symbolic links named 1, 2, 3 ... whose target names a process (creating one is atomic and exclusive).
// The highest number counts: 'released' or a dead process = free, a living process = held. Who wants the lock creates the
// next number; of several exactly one can. A stale lock is thus overtaken, never removed, so no two processes can both
// believe that they removed it. Old numbers go when a new holder comes.
import { readdirSync, readlinkSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { OutboundSyncError } from '../errors.ts'
import { isAlive, ownIdentity } from './embedded-postgres-process.ts'

const released = 'released'
const longestWaitMs = 60_000
const keptNumbersCount = 8

/** Runs `action` while no other process (and no other caller in this one) does so with the same folder. */
export async function withLock<T>(folder: string, action: () => Promise<T>): Promise<T> {
  const giveUpAt = performance.now() + longestWaitMs
  let unlock = tryLock(folder)
  while (!unlock) {
    if (performance.now() > giveUpAt) throw stillHeld(folder)
    await delay(15)
    unlock = tryLock(folder)
  }
  try {
    return await action()
  } finally {
    unlock()
  }
}

/** Takes the lock if it is free, and returns the function that frees it. Synchronous, for a process that is exiting. */
export function tryLock(folder: string): (() => void) | undefined {
  const highest = highestNumber(folder)
  if (isHeld(holderOf(folder, highest))) return undefined
  const mine = highest + 1
  if (!createNumber(folder, mine, ownIdentity())) return undefined
  if (highestNumber(folder) !== mine) {
    // We looked long ago: others went past this number and cleared it away before we created it.
    rmSync(join(folder, String(mine)), { force: true })
    return undefined
  }
  // A few old numbers stay, so that a folder read while it changes always shows at least one that counts.
  for (const number of numbersIn(folder)) {
    if (number < mine - keptNumbersCount) rmSync(join(folder, String(number)), { force: true })
  }
  return () => {
    createNumber(folder, mine + 1, released)
  }
}

function isHeld(holder: string): boolean {
  return holder !== released && isAlive(holder)
}

function holderOf(folder: string, number: number): string {
  try {
    return readlinkSync(join(folder, String(number)))
  } catch (error) {
    if (isErrorCode(error, 'ENOENT')) return released
    throw error
  }
}

function createNumber(folder: string, number: number, holder: string): boolean {
  try {
    symlinkSync(holder, join(folder, String(number)))
    return true
  } catch (error) {
    if (isErrorCode(error, 'EEXIST')) return false
    throw error
  }
}

function highestNumber(folder: string): number {
  return Math.max(0, ...numbersIn(folder))
}

function numbersIn(folder: string): number[] {
  return readdirSync(folder)
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
}

function stillHeld(folder: string): OutboundSyncError {
  const pid = Number.parseInt(holderOf(folder, highestNumber(folder)), 10)
  return new OutboundSyncError(
    'embedded_postgres_busy',
    `Waited 60 s for the embedded PostgreSQL: process ${pid} is still starting or stopping it (lock ${folder}). End that process, then try again.`,
  )
}

function isErrorCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}

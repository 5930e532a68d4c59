// How much one account may have under way within this process: calls at the same time, and subjects in work. Accounts
// share the calls of the process; none waits for another one's.
import { createSlots, type Slots } from '../sync/slots.ts'

export interface AccountSlots {
  calls: Slots
  subjects: Slots
}

const defaultConcurrency = 4
// Enough that the calls never wait for a lease, few enough that subjects end one after another: if all of a batch went
// on together, all would end together, and nothing would be sent while their results are written.
const subjectsPerCall = 6

/** @param concurrency calls at the same time in this process */
export function createAccountSlots(
  concurrency: number,
): (accountKey: string, limits: { concurrency?: number }) => AccountSlots {
  const processCalls = createSlots(concurrency)
  const byAccount = new Map<string, AccountSlots>()
  return (accountKey, limits) => {
    const known = byAccount.get(accountKey)
    if (known) return known
    const count = limits.concurrency ?? defaultConcurrency
    const calls = createSlots(count)
    const slots = {
      calls: { run: <T>(work: () => Promise<T>): Promise<T> => calls.run(() => processCalls.run(work)) },
      subjects: createSlots(count * subjectsPerCall),
    }
    byAccount.set(accountKey, slots)
    return slots
  }
}

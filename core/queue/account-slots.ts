// How much one account may have under way: calls at the same time over all workers, of which this process has a share, and
// subjects in work. A share is taken when there is work and kept for a while, so that a job costs nothing; once a second
// it is set right: given back when idle, halved when another worker asks. Accounts share the calls of the process.
import { HeldError } from '../errors.ts'
import type { ProviderLimits } from '../sdk/provider.ts'
import { askDatabase } from '../sync/leases.ts'
import { createSlots, type ResizableSlots, type Slots } from '../sync/slots.ts'
import type { CallRates } from './call-rates.ts'
import { createProcessCalls } from './process-calls.ts'
import type { SlotHolders, SlotLeases } from './slot-leases.ts'

export interface AccountSlots {
  calls: Slots
  subjects: Slots
}

type AccountLimits = Pick<ProviderLimits, 'concurrency' | 'rate'>

export interface ShareOfSlots {
  /** Asks for slots of those accounts of which this process has none. */
  prepare(accounts: readonly { accountKey: string; limits: AccountLimits }[]): Promise<void>
  /** False when other workers have all of them: then nothing of the account is claimed. */
  hasSlots(accountKey: string): boolean
  of(accountKey: string, limits: AccountLimits): AccountSlots
  /** To be called once a second. */
  rebalance(): Promise<void>
}

/** Of a provider that does not say. */
export const defaultConcurrency = 4
// Enough that the calls never wait for a lease, few enough that subjects end one after another: if all of a batch went
// on together, all would end together, and nothing would be sent while their results are written.
const subjectsPerCall = 6
/** A share that was not used for so long is given back, at once when another worker asks for it. */
const idleMs = 10_000
const inUseMs = 1_000
/** A worker that got none asks again after this. */
const askAgainMs = 500

interface Account {
  most: number
  /** The numbers of those that are this process's. */
  own: number[]
  calls: ResizableSlots
  subjects: ResizableSlots
  run<T>(work: () => Promise<T>): Promise<T>
  /** No call starts after this before the slots were looked at again. */
  validUntil: number
  usedAt: number
  askedAt: number
}

/** @param concurrency calls at the same time in this process */
export function createAccountSlots({
  concurrency,
  leases,
  rates,
}: {
  concurrency: number
  leases: SlotLeases
  rates: CallRates
}): ShareOfSlots {
  const processCalls = createProcessCalls(concurrency)
  const accounts = new Map<string, Account>()
  // What was seen must still be so when it is acted on.
  let last: Promise<void> = Promise.resolve()
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    last = last.then(work, work)
    return last
  }

  const accountOf = (accountKey: string, limits: AccountLimits): Account => {
    const known = accounts.get(accountKey)
    if (known) return known
    const calls = createSlots(0)
    const subjects = createSlots(subjectsPerCall)
    const { rate } = limits
    const call = rate
      ? async <T>(work: () => Promise<T>): Promise<T> => {
          await rates.take(accountKey, rate)
          return processCalls.run(work)
        }
      : <T>(work: () => Promise<T>): Promise<T> => processCalls.run(work)
    const account: Account = {
      most: limits.concurrency ?? defaultConcurrency,
      own: [],
      calls,
      subjects,
      run: (work) =>
        calls.run(async () => {
          if (performance.now() >= account.validUntil) await askDatabase('for a call to the account', inTurn(rebalance))
          // Whoever slept beyond its leases has lost its slots to others.
          if (account.own.length < calls.busyCount()) throw new HeldError('Other workers call the account now.')
          return call(work)
        }),
      validUntil: Number.NEGATIVE_INFINITY,
      usedAt: performance.now(),
      askedAt: Number.NEGATIVE_INFINITY,
    }
    accounts.set(accountKey, account)
    return account
  }

  const setOwn = (account: Account, own: number[], usable = own.length): void => {
    account.own = own
    account.calls.resize(usable)
    // Also without a slot: what is waiting for one may find that its gate has closed.
    account.subjects.resize(Math.max(1, own.length) * subjectsPerCall)
  }

  const take = async (wanting: readonly [string, Account][]): Promise<void> => {
    if (wanting.length === 0) return
    const askedAt = performance.now()
    for (const [, account] of wanting) account.askedAt = askedAt
    const taken = await leases.take(wanting.map(([accountKey, { most }]) => ({ accountKey, most })))
    for (const [accountKey, account] of wanting) {
      if (account.own.length === 0) account.validUntil = askedAt + leases.validMs
      setOwn(account, [...new Set([...account.own, ...(taken.get(accountKey) ?? [])])])
    }
  }

  const rebalance = async (): Promise<void> => {
    const known = [...accounts]
    const lookedAt = performance.now()
    if (known.length === 0) return
    const holders = await leases.look(known.map(([accountKey, { most }]) => ({ accountKey, most })))
    const now = performance.now()
    const surplus: { accountKey: string; slot: number }[] = []
    const unwanted: string[] = []
    const wanting: [string, Account][] = []
    for (const [accountKey, account] of known) {
      const seen = holders.get(accountKey)
      if (!seen) continue
      account.validUntil = lookedAt + leases.validMs
      const isWorking = account.subjects.busyCount() > 0 || account.calls.busyCount() > 0
      if (isWorking) account.usedAt = now
      const keep = fairShare(seen, account.most, now - account.usedAt)
      // A call that is under way keeps its slot until it ends.
      const kept = Math.max(keep, Math.min(account.calls.busyCount(), seen.own.length))
      surplus.push(...seen.own.slice(kept).map((slot) => ({ accountKey, slot })))
      setOwn(account, seen.own.slice(0, kept), keep)
      const isInUse = now - account.usedAt < inUseMs
      if (seen.wantedBy === 'us' && (kept > 0 || !isInUse)) unwanted.push(accountKey)
      if (isInUse && seen.freeCount > 0 && seen.wantedBy !== 'another') wanting.push([accountKey, account])
      if (kept === 0 && now - account.usedAt > idleMs && seen.wantedBy !== 'us') accounts.delete(accountKey)
    }
    await leases.giveBack(surplus, unwanted)
    await take(wanting)
  }

  return Object.freeze({
    async prepare(wanted) {
      const now = performance.now()
      const wanting = new Map<string, Account>()
      for (const { accountKey, limits } of wanted) {
        const account = accountOf(accountKey, limits)
        account.usedAt = now
        if (account.own.length === 0 && account.askedAt < now - askAgainMs) wanting.set(accountKey, account)
      }
      if (wanting.size > 0) await inTurn(() => take([...wanting]))
    },

    hasSlots: (accountKey) => (accounts.get(accountKey)?.own.length ?? 0) > 0,

    // Asked for each time: what was long idle is forgotten, and a batch that took long to load must not wait for it.
    of: (accountKey, limits) => ({
      calls: { run: (work) => accountOf(accountKey, limits).run(work) },
      subjects: { run: (work) => accountOf(accountKey, limits).subjects.run(work) },
    }),

    rebalance: () => inTurn(rebalance),
  } satisfies ShareOfSlots)
}

/** How many of its slots a worker keeps. Pure. */
export function fairShare({ own, otherCount, wantedBy }: SlotHolders, most: number, unusedMs: number): number {
  if (unusedMs > idleMs) return 0
  if (wantedBy !== 'another') return own.length
  if (unusedMs > inUseMs) return 0
  return Math.min(own.length, Math.max(1, Math.floor(most / (otherCount + 2))))
}

// Stops jobs that this process claimed before a gate closed: they make no further call and go back to waiting. Whether
// a gate is open again only the database tells: a claim is free to call when its look at the gates was made after the
// closing was written, or was seen.
import { HeldError } from '../errors.ts'
import type { GateClosing } from './close-gates.ts'
import type { GatedConnection } from './due-connections.ts'

export interface ProcessGates {
  /** At once, before it is written. */
  close(closing: GateClosing): void
  /** The closing is in the database. */
  recorded(closing: GateClosing): void
  /** @param lookedAt when the database was asked, by performance.now() */
  learn(gated: readonly GatedConnection[], lookedAt: number): void
  /** The question to ask before each call of a claim; throws a HeldError. */
  watch(claim: { id: string; accountKey: string; isProbe: boolean; lookedAt: number }): () => void
}

interface Closed {
  gate: GatedConnection['gate']
  message: string
  /** Closings that are not written yet. */
  pendingCount: number
  closedAt: number
}

const reasons: Readonly<Record<GatedConnection['gate'], string>> = {
  paused: 'Sending was paused.',
  reconnect: 'The credentials were refused.',
  limited: 'The remote asked to be called less often.',
  breaker: 'The remote failed too often.',
}

export function createProcessGates(): ProcessGates {
  // One entry for each connection and account that was ever gated while this process runs.
  const closed = new Map<string, Closed>()

  const entryOf = (key: string, gate: GatedConnection['gate']): Closed => {
    const known = closed.get(key)
    const entry = known ?? { gate, message: '', pendingCount: 0, closedAt: Number.NEGATIVE_INFINITY }
    entry.gate = gate
    entry.message = reasons[gate]
    if (!known) closed.set(key, entry)
    return entry
  }

  return Object.freeze({
    close(closing) {
      entryOf(keyOf(closing), closing.gate).pendingCount++
    },
    recorded(closing) {
      const entry = entryOf(keyOf(closing), closing.gate)
      entry.pendingCount--
      entry.closedAt = performance.now()
    },
    learn(gated, lookedAt) {
      for (const { id, accountKey, gate } of gated) {
        entryOf(keyOf({ gate, connectionId: id, accountKey }), gate).closedAt = lookedAt
      }
    },
    watch({ id, accountKey, isProbe, lookedAt }) {
      const keys = [connectionGateKey(id), accountGateKey(accountKey)]
      return () => {
        for (const key of keys) {
          const entry = closed.get(key)
          if (!entry || (entry.pendingCount === 0 && lookedAt > entry.closedAt)) continue
          // The open breaker is what a probe is for.
          if (entry.gate === 'breaker' && isProbe) continue
          throw new HeldError(entry.message)
        }
      }
    },
  } satisfies ProcessGates)
}

const connectionGateKey = (connectionId: string): string => `connection/${connectionId}`
const accountGateKey = (accountKey: string): string => `account/${accountKey}`

function keyOf(closing: { gate: GatedConnection['gate']; connectionId?: string; accountKey?: string }): string {
  return closing.gate === 'paused' || closing.gate === 'reconnect'
    ? connectionGateKey(closing.connectionId ?? '')
    : accountGateKey(closing.accountKey ?? '')
}

// The host's side of the door: says on a signal what changed, inside the transaction that changed it. Whoever calls this has
// flushed before, so that every subject has its id and every reader in the transaction sees the new state.
import type { EntityManager } from '@mikro-orm/postgresql'
import { fromMikroOrm, type SignalName, type SignalPayload } from '../../core/sdk/index.ts'
import type { Shop } from './shop-database.ts'

/** Who asked for a change, and the connection it came from, if it came from one. */
export interface RequestOrigin {
  actor?: { id: string; name: string }
  origin?: string
}

export async function fireSignal(
  shop: Shop,
  options: { em: EntityManager; name: SignalName; payload: SignalPayload },
): Promise<void> {
  await shop.signals[options.name].promise({ ...options.payload, transaction: fromMikroOrm(options.em) })
}

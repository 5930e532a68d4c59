// Which keys there are and how many sealed values each of them holds.
import type { Database } from '../database/transaction.ts'
import { type MasterKeys, readDataKeys } from './data-key-rows.ts'
import { countKeyUse, type KeyUse } from './sealed-values.ts'

export interface KeyList {
  dataKeys: readonly { id: string; state: 'current' | 'retired'; createdAt: Date; masterKeyId: string; count: number }[]
  /** Values from before there were data keys, by the master key that sealed them. */
  earlier: readonly KeyUse[]
  masterKeys: readonly string[]
  /** A rotation was cut off: run it again. */
  isUnfinished: boolean
}

export async function listKeys({
  database,
  masterKeys,
}: {
  database: Database
  masterKeys: Pick<MasterKeys, 'ids'>
}): Promise<KeyList> {
  const rows = await readDataKeys(database, database.schema)
  const uses = await countKeyUse(database)
  const countOf = (id: string) => uses.reduce((sum, { keyId, count }) => sum + (keyId === id ? count : 0), 0)
  return {
    dataKeys: rows.map((row) => ({
      id: row.id,
      state: row.state,
      createdAt: row.created_at,
      masterKeyId: row.master_key_id,
      count: countOf(row.id),
    })),
    earlier: uses.filter(({ keyId }) => rows.every(({ id }) => id !== keyId)),
    masterKeys: masterKeys.ids,
    isUnfinished: rows.some(({ state, settled_at }) => state === 'current' && settled_at === null),
  }
}

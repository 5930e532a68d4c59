// The table of data keys: each row holds a random key, wrapped with a master key, that seals values. They never stand
// anywhere in the clear; the master keys never stand in the database.
import { randomBytes } from 'node:crypto'
import type { SqlSession } from '../database/transaction.ts'
import { isErrorKind } from '../errors.ts'
import type { SecretPlace } from './sealed-columns.ts'
import { createSecretBox, keyBytes, type SecretKey } from './secret-box.ts'

export interface DataKeyRow {
  id: string
  wrapped_key: string
  master_key_id: string
  state: 'current' | 'retired'
  created_at: Date
  retired_at: Date | null
  /** Null while values may still have to be resealed with it. */
  settled_at: Date | null
}

export interface MasterKeys {
  /** Wraps; the others only unwrap. */
  currentId: string
  ids: readonly string[]
  wrap(dataKey: SecretKey): string
  /** A text says why it cannot be had and what to do; it goes on after "the data key ...". */
  unwrap(row: Pick<DataKeyRow, 'id' | 'wrapped_key' | 'master_key_id'>): Buffer | string
}

export function createMasterKeys(keys: readonly SecretKey[]): MasterKeys {
  const box = createSecretBox({ keys })
  const ids = keys.map(({ id }) => id)
  return Object.freeze({
    currentId: ids[0] ?? '',
    ids,
    wrap: ({ id, key }) => box.seal(key.toString('base64'), placeOf(id)),
    unwrap({ id, wrapped_key, master_key_id }) {
      if (!ids.includes(master_key_id)) {
        return `"${id}", which is wrapped with the master key "${master_key_id}", and only ${ids.map((one) => `"${one}"`).join(', ')} are configured. Put that key back into OUTBOUND_SYNC_KEY or the key file, or enter the value again.`
      }
      try {
        return Buffer.from(box.open(wrapped_key, placeOf(id)), 'base64')
      } catch (error) {
        if (!isErrorKind(error, 'SecretError')) throw error
        return `"${id}", whose row in the table data_key was changed. Restore that row from a backup, or enter the value again.`
      }
    },
  } satisfies MasterKeys)
}

const placeOf = (id: string): SecretPlace => ({ column: 'data_key.wrapped_key', row: [id] })

/** @param lock until the end of the transaction: `for share` keeps all of them as they are, `for update` is for changing them */
export async function readDataKeys(
  session: SqlSession,
  schema: string,
  lock: '' | 'for share' | 'for update' = '',
): Promise<DataKeyRow[]> {
  const { rows } = await session.executeSql<DataKeyRow>(
    `select id, wrapped_key, master_key_id, state, created_at, retired_at, settled_at
     from ${schema}.data_key order by created_at, id ${lock}`,
    [],
  )
  return rows
}

/** Makes a new current key where there is none; where another process is making one, waits for it and leaves it at that. */
export async function insertDataKey(
  session: SqlSession,
  schema: string,
  { masterKeys, isSettled }: { masterKeys: MasterKeys; isSettled: boolean },
): Promise<void> {
  const dataKey = { id: randomBytes(8).toString('hex'), key: randomBytes(keyBytes) }
  await session.executeSql(
    `insert into ${schema}.data_key (id, wrapped_key, master_key_id, state, settled_at)
     values ($1, $2, $3, 'current', case when $4 then now() end)
     on conflict do nothing`,
    [dataKey.id, masterKeys.wrap(dataKey), masterKeys.currentId, isSettled],
  )
}

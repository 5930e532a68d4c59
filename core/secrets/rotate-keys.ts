// Rotation of the keys, with everything running. The current data key is retired and a new one seals from then on; what
// other keys hold is sealed anew in batches, until nothing is left; then the new key is settled. A run that was cut off
// has left a key that is not settled: the next run goes on with it. Data keys are wrapped with the first master key of the
// configuration, so that the others can be taken out of it.
import { setTimeout as delay } from 'node:timers/promises'
import type { Database, SqlSession } from '../database/transaction.ts'
import { writeAuditEntry } from '../database/write-audit-entry.ts'
import { SecretError } from '../errors.ts'
import { type DataKeyRow, insertDataKey, type MasterKeys, readDataKeys } from './data-key-rows.ts'
import type { DataKeys } from './data-keys.ts'
import { sealedColumns } from './sealed-columns.ts'
import { countKeyUse, type KeyUse, resealBatch } from './sealed-values.ts'

/** Longer than any process takes between reading a value and opening it. */
const keptMinutes = 10
/** What others hold locked, a connection just being saved or a value just being sealed, is free within moments. */
const patienceMs = 60_000
const lookAgainMs = 100

export interface KeyRotation {
  keyId: string
  /** An earlier run was cut off, and this one went on with its key. */
  isContinued: boolean
  resealedCount: number
  /** A sentence for each value that cannot be opened. It stays as it is, with its key. */
  unreadable: readonly string[]
  /** Sealed values by another key than the new one, read back at the end; the unreadable ones are among them. */
  left: readonly KeyUse[]
  deletedKeys: readonly string[]
  /** Retired and needed by nothing stored any more; deleted by the next rotation, at the earliest ten minutes from now. */
  spareKeys: readonly string[]
  masterKeyId: string
  /** Ids of master keys that are configured and that nothing needs any more. */
  needlessMasterKeys: readonly string[]
}

export interface KeyRotationOptions {
  actor: string
  /** Begins although the current key cannot be opened: what it holds has to be entered again. */
  isKeyLost?: boolean
  /** Rows a transaction. @default 100 */
  batchSize?: number
  onProgress?(progress: { resealedCount: number; totalCount: number }): void
}

interface Rotating {
  database: Database
  dataKeys: DataKeys
  masterKeys: MasterKeys
}

export async function rotateKeys(
  { database, dataKeys, masterKeys }: Rotating,
  { actor, isKeyLost = false, batchSize = 100, onProgress }: KeyRotationOptions,
): Promise<KeyRotation> {
  const { schema } = database
  const begun = await patiently(() =>
    database.transaction((session) => begin(session, schema, { masterKeys, isKeyLost })),
  )
  const { keyId } = begun
  const before = await useOfOthers(database, keyId)
  const totalCount = before.reduce((sum, { count }) => sum + count, 0)
  let unreadable: string[]
  const giveUpAt = performance.now() + patienceMs
  let resealedCount = 0
  let left: KeyUse[]
  // More than one pass, because rows in use are passed over.
  for (;;) {
    const resealedBefore = resealedCount
    unreadable = []
    for (const column of sealedColumns) {
      let after: readonly string[] | null = null
      do {
        const batch = await patiently(() => resealBatch({ database, dataKeys, column, keyId, after, batchSize }))
        resealedCount += batch.count
        unreadable.push(...batch.unreadable)
        after = batch.last
        if (batch.count > 0) onProgress?.({ resealedCount, totalCount })
      } while (after !== null)
    }
    left = await useOfOthers(database, keyId)
    const leftCount = left.reduce((sum, { count }) => sum + count, 0)
    if (leftCount <= unreadable.length) break
    if (performance.now() > giveUpAt) {
      throw new SecretError(
        `${leftCount} values are still sealed with older keys, because others hold their rows locked. Nothing is lost: run \`outbound-sync keys rotate\` again, it goes on from here.`,
      )
    }
    if (resealedCount === resealedBefore) await delay(lookAgainMs)
  }
  const ended = await patiently(() =>
    database.transaction((session) => settle(session, schema, { keyId, left, masterKeys, actor })),
  )
  return { keyId, isContinued: begun.isContinued, resealedCount, unreadable, left, ...ended }
}

/** The key that everything is to be sealed with; all keys that can be opened are wrapped with the first master key. */
async function begin(
  session: SqlSession,
  schema: string,
  { masterKeys, isKeyLost }: { masterKeys: MasterKeys; isKeyLost: boolean },
): Promise<{ keyId: string; isContinued: boolean }> {
  // Waits for the transactions that are sealing with the current key: after this one, nobody does any more.
  const rows = await readDataKeys(session, schema, 'for update')
  await wrapAnew(session, schema, { rows, masterKeys })
  const current = rows.find(({ state }) => state === 'current')
  const problem = current ? masterKeys.unwrap(current) : null
  if (typeof problem === 'string' && !isKeyLost) {
    throw new SecretError(
      `Nothing was rotated: values are sealed with the data key ${problem} If that key is lost for good, run \`outbound-sync keys rotate --lost\`: it begins anew with the configured one, and what the lost key sealed has to be entered again.`,
    )
  }
  if (current && current.settled_at === null && typeof problem !== 'string') {
    return { keyId: current.id, isContinued: true }
  }
  await session.executeSql(
    `update ${schema}.data_key set state = 'retired', retired_at = now() where state = 'current'`,
    [],
  )
  await insertDataKey(session, schema, { masterKeys, isSettled: false })
  const made = (await readDataKeys(session, schema)).find(({ state }) => state === 'current')
  if (!made) throw new SecretError('The new data key cannot be read back. Try again.')
  return { keyId: made.id, isContinued: false }
}

async function wrapAnew(
  session: SqlSession,
  schema: string,
  { rows, masterKeys }: { rows: readonly DataKeyRow[]; masterKeys: MasterKeys },
): Promise<void> {
  for (const row of rows) {
    if (row.master_key_id === masterKeys.currentId) continue
    const key = masterKeys.unwrap(row)
    if (typeof key === 'string') continue
    await session.executeSql(`update ${schema}.data_key set wrapped_key = $2, master_key_id = $3 where id = $1`, [
      row.id,
      masterKeys.wrap({ id: row.id, key }),
      masterKeys.currentId,
    ])
  }
}

async function settle(
  session: SqlSession,
  schema: string,
  { keyId, left, masterKeys, actor }: { keyId: string; left: readonly KeyUse[]; masterKeys: MasterKeys; actor: string },
): Promise<Pick<KeyRotation, 'deletedKeys' | 'spareKeys' | 'masterKeyId' | 'needlessMasterKeys'>> {
  const needed = [keyId, ...left.map((use) => use.keyId)]
  await session.executeSql(`update ${schema}.data_key set settled_at = now() where id = $1`, [keyId])
  // Nobody seals with a retired key, so what nothing needs now, nothing will.
  const deleted = await session.executeSql<{ id: string }>(
    `delete from ${schema}.data_key
     where state = 'retired' and id <> all ($1::text[]) and retired_at < now() - make_interval(mins => $2)
     returning id`,
    [needed, keptMinutes],
  )
  const rows = await readDataKeys(session, schema)
  const deletedKeys = deleted.rows.map(({ id }) => id)
  await writeAuditEntry(session, schema, {
    actor,
    action: 'keys.rotated',
    scope: '',
    target: `data_key:${keyId}`,
    before: null,
    after: { deletedKeys, left: left.reduce((sum, { count }) => sum + count, 0) },
  })
  const neededMasters = [...rows.map((row) => row.master_key_id), ...left.map((use) => use.keyId)]
  return {
    deletedKeys,
    spareKeys: rows.map(({ id }) => id).filter((id) => !needed.includes(id)),
    masterKeyId: masterKeys.currentId,
    needlessMasterKeys: masterKeys.ids.filter((id) => id !== masterKeys.currentId && !neededMasters.includes(id)),
  }
}

async function useOfOthers(database: Database, keyId: string): Promise<KeyUse[]> {
  const uses = await countKeyUse(database)
  return uses.filter((use) => use.keyId !== keyId)
}

// A transaction of ours waits less than a second for a lock, so that it never holds up a host; a rotation has time.
async function patiently<T>(work: () => Promise<T>): Promise<T> {
  const giveUpAt = performance.now() + patienceMs
  for (;;) {
    try {
      return await work()
    } catch (error) {
      const isLocked = Reflect.get(Object(error), 'code') === '55P03'
      if (!isLocked || performance.now() > giveUpAt) throw error
      await delay(lookAgainMs)
    }
  }
}

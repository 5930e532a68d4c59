// Seals with the current data key and opens with any of them. Other processes rotate the keys meanwhile: so a value is
// sealed in the transaction that writes it, which holds the current key until it ends, and a value of a key that is not
// known here makes the table be read again.
import type { Database, SqlSession } from '../database/transaction.ts'
import { SecretError } from '../errors.ts'
import { type DataKeyRow, insertDataKey, type MasterKeys, readDataKeys } from './data-key-rows.ts'
import type { SecretPlace } from './sealed-columns.ts'
import {
  type FindKey,
  keyIdOf,
  openWith,
  type SecretBox,
  type SecretKey,
  type SecretOpener,
  sealWith,
} from './secret-box.ts'

export interface DataKeys {
  /**
   * For the transaction that writes what the box seals: no rotation replaces its key before that transaction ends. In it
   * the box also opens everything that is stored.
   */
  box(session: SqlSession): Promise<SecretBox>
  /** Opens these values, just read. A value at fault throws only when it is opened. */
  opener(sealed: readonly string[]): Promise<SecretOpener>
  /** Throws a SecretError when the configuration's keys are not those of this database. */
  check(): Promise<void>
}

/** A round is lost only to a rotation that began meanwhile. */
const maxRounds = 5

/** @param masterKeys in clear, for credentials that were sealed with them before there were data keys */
export function createDataKeys({
  database,
  masterKeys,
  configured,
}: {
  database: Database
  masterKeys: MasterKeys
  configured: readonly SecretKey[]
}): DataKeys {
  const { schema } = database
  const masterKeysById = new Map(configured.map(({ id, key }) => [id, key]))
  // By id: a key, or why it cannot be used. Keys are never changed, so what was read stays right.
  let known = new Map<string, Buffer | string>()

  function remember(rows: readonly DataKeyRow[]): void {
    const kept = (row: DataKeyRow) => {
      const before = known.get(row.id)
      return typeof before === 'object' ? before : masterKeys.unwrap(row)
    }
    // One that is gone from the table opens what was read before it went.
    known = new Map([...known, ...rows.map((row) => [row.id, kept(row)] as const)])
  }

  const findKey: FindKey = (keyId, format) => {
    if (format === 'v1') {
      return (
        masterKeysById.get(keyId) ??
        `the key "${keyId}", and only ${masterKeys.ids.map((id) => `"${id}"`).join(', ')} are configured. Put that key back into the configuration, or enter the value again.`
      )
    }
    const found = known.get(keyId)
    if (typeof found === 'object') return found
    return `the data key ${found ?? `"${keyId}", which is not in the table data_key. Restore that row from a backup, or enter the value again.`}`
  }
  const open: SecretOpener['open'] = (sealed, place) => openWith(findKey, sealed, place)
  const isKnown = (sealed: string): boolean => {
    const keyId = keyIdOf(sealed)
    return keyId === null || masterKeysById.has(keyId) || typeof known.get(keyId) === 'object'
  }

  return Object.freeze({
    async box(session) {
      for (let round = 1; round <= maxRounds; round += 1) {
        const rows = await readDataKeys(session, schema, 'for share')
        remember(rows)
        const current = rows.find(({ state }) => state === 'current')
        if (current) {
          const key = known.get(current.id)
          if (typeof key !== 'object') throw new SecretError(`Nothing can be sealed with the data key ${key}`)
          return Object.freeze({
            seal: (plaintext: string, place: SecretPlace) => sealWith({ id: current.id, key }, plaintext, place),
            open,
          })
        }
        // Either there is none yet, or this statement has waited for a rotation and cannot see the new one.
        await insertDataKey(session, schema, { masterKeys, isSettled: true })
      }
      throw new SecretError('The keys were rotated several times while a value was to be sealed. Try again.')
    },

    async opener(sealed) {
      if (!sealed.every(isKnown)) remember(await readDataKeys(database, schema))
      return Object.freeze({ open })
    },

    async check() {
      const rows = await readDataKeys(database, schema)
      remember(rows)
      const lost = rows.find(({ id, state }) => state === 'current' && typeof known.get(id) !== 'object')
      if (lost)
        throw new SecretError(
          `Credentials are sealed with the data key ${known.get(lost.id)} If the key is lost for good, run \`outbound-sync keys rotate --lost\`.`,
        )
    },
  } satisfies DataKeys)
}

// The keys of one instance: what seals and opens, and what the operator can do with them.
import type { Database } from '../database/transaction.ts'
import { createMasterKeys } from './data-key-rows.ts'
import { createDataKeys, type DataKeys } from './data-keys.ts'
import { type KeyList, listKeys } from './list-keys.ts'
import { type KeyRotation, type KeyRotationOptions, rotateKeys } from './rotate-keys.ts'
import type { SecretKey } from './secret-box.ts'

export interface Keyring {
  dataKeys: DataKeys
  rotate(options: KeyRotationOptions): Promise<KeyRotation>
  list(): Promise<KeyList>
}

/** @param configured the master keys, the current one first */
export function createKeyring({
  database,
  configured,
}: {
  database: Database
  configured: readonly SecretKey[]
}): Keyring {
  const masterKeys = createMasterKeys(configured)
  const dataKeys = createDataKeys({ database, masterKeys, configured })
  return Object.freeze({
    dataKeys,
    rotate: (options) => rotateKeys({ database, dataKeys, masterKeys }, options),
    list: () => listKeys({ database, masterKeys }),
  } satisfies Keyring)
}

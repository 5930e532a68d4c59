// Brings the tables of ours and of the plugins up to date, in one transaction under one lock, so that several processes
// may start at once. Names are `<timestamp>_<what>`, a plugin's carry its name in front.

import { Migration, Migrator } from '@mikro-orm/migrations'
import { MikroORM } from '@mikro-orm/postgresql'
import { migrations } from '../../migrations/index.ts'
import { OutboundSyncError } from '../errors.ts'
import { ormOptions } from './orm.ts'
import type { Database } from './transaction.ts'

export interface NamedMigration {
  name: string
  up: string
}

// Any number that no other program is likely to lock.
const lockNumber = 7_214_905_331

/** Ours first, then the plugins', each in its own order. */
export function listMigrations({
  schema,
  plugins,
}: {
  schema: string
  plugins: readonly { name: string; migrations: readonly NamedMigration[] }[]
}): NamedMigration[] {
  return [
    ...migrations.map(({ name, up }) => ({ name, up: up(schema) })),
    ...plugins.flatMap((plugin) => plugin.migrations.map(({ name, up }) => ({ name: `${plugin.name}/${name}`, up }))),
  ]
}

export async function pendingMigrations(database: Database, all: readonly NamedMigration[]): Promise<NamedMigration[]> {
  const { rows: tables } = await database.executeSql<{ found: string | null }>(
    'select to_regclass($1)::text as found',
    [`${database.schema}.migration`],
  )
  if (!tables[0]?.found) return [...all]
  const { rows } = await database.executeSql<{ name: string }>(`select name from ${database.schema}.migration`)
  const done = new Set(rows.map((row) => row.name))
  refuseNewer(done, all)
  return all.filter((migration) => !done.has(migration.name))
}

// A plugin that is not loaded leaves its migrations behind; only names of ours that we do not know mean a newer program.
function refuseNewer(done: ReadonlySet<string>, all: readonly NamedMigration[]): void {
  const known = new Set(all.map((migration) => migration.name))
  const unknown = [...done].filter((name) => !name.includes('/') && !known.has(name))
  if (unknown.length === 0) return
  throw new OutboundSyncError(
    'database_newer',
    `The database was set up by a newer version of outbound-sync (it has ${unknown.join(', ')}). Install that version, or point DATABASE_URL at another database.`,
  )
}

export async function migrate(database: Database, all: readonly NamedMigration[]): Promise<string[]> {
  const pending = await pendingMigrations(database, all)
  if (pending.length === 0) return []
  const orm = await MikroORM.init({
    ...ormOptions(database),
    extensions: [Migrator],
    migrations: {
      tableName: `${database.schema}.migration`,
      migrationsList: all.map(({ name, up }) => ({ name, class: migrationClass(up) })),
      transactional: true,
      allOrNothing: true,
      snapshot: false,
      silent: true,
    },
  })
  try {
    // The migrator opens its own transaction; ours only holds the lock meanwhile.
    return await database.transaction(async (session) => {
      await session.executeSql('set local lock_timeout = 0')
      await session.executeSql('select pg_advisory_xact_lock($1)', [lockNumber])
      const done = await orm.migrator.up()
      return done.map((migration) => migration.name)
    })
  } finally {
    await orm.close()
  }
}

/** Everything pending as one script for people who run DDL themselves. */
export function migrationScript(schema: string, pending: readonly NamedMigration[]): string {
  const record = (name: string): string =>
    `insert into ${schema}.migration (name, executed_at) values ('${name.replaceAll("'", "''")}', now());`
  return [
    'begin;',
    `create schema if not exists ${schema};`,
    `create table if not exists ${schema}.migration (id serial primary key, name varchar(255) not null, executed_at timestamptz not null default now());`,
    ...pending.flatMap(({ name, up }) => [`\n-- ${name}`, up.trim(), record(name)]),
    'commit;',
    '',
  ].join('\n')
}

function migrationClass(statements: string): new (...args: ConstructorParameters<typeof Migration>) => Migration {
  return class extends Migration {
    override up(): void {
      this.addSql(statements)
    }
  }
}

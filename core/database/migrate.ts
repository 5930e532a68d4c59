// Brings the tables of ours and of the plugins up to date, in one transaction under one lock, so that several processes
// may start at once. Names are `<timestamp>_<what>`, a plugin's carry its name in front.

import { Migration, Migrator } from '@mikro-orm/migrations'
import { MikroORM } from '@mikro-orm/postgresql'
import { satisfies } from 'semver'
import { compatiblePrograms, migrations } from '../../migrations/index.ts'
import { OutboundSyncError } from '../errors.ts'
import { packageVersion } from '../package-root.ts'
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
  await refuseNewer(database, done, all)
  return all.filter((migration) => !done.has(migration.name))
}

// A plugin that is not loaded leaves its migrations behind; only names of ours that we do not know mean a newer program. It
// has left word which older ones can work beside it.
async function refuseNewer(
  database: Database,
  done: ReadonlySet<string>,
  all: readonly NamedMigration[],
): Promise<void> {
  const known = new Set(all.map((migration) => migration.name))
  const unknown = [...done].filter((name) => isOurs({ name }) && !known.has(name))
  if (unknown.length === 0) return
  const { rows } = await database.executeSql<{ programs: string }>(
    `select programs from ${database.schema}.compatibility`,
  )
  const [row] = rows
  if (row && satisfies(packageVersion(), row.programs, { includePrerelease: true })) return
  throw new OutboundSyncError(
    'database_newer',
    `The database was set up by a newer version of outbound-sync (it has ${unknown.join(', ')}), beside which ${packageVersion()} cannot work${row ? ` (${row.programs} can)` : ''}. Install that version, or point DATABASE_URL at another database.`,
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
      if (pending.some(isOurs)) await database.executeSql(rememberCompatible(database.schema))
      return done.map((migration) => migration.name)
    })
  } catch (error) {
    throw forbidden(error, pending) ?? error
  } finally {
    await orm.close()
  }
}

const insufficientPrivilege = '42501'

function forbidden(error: unknown, pending: readonly NamedMigration[]): OutboundSyncError | null {
  if (!(error instanceof Error) || Reflect.get(error, 'code') !== insufficientPrivilege) return null
  return new OutboundSyncError(
    'migrations_forbidden',
    `The tables are behind by ${pending.map(({ name }) => name).join(', ')}, and this user of the database may not change the tables (${error.message}). Run \`outbound-sync migrate\` as one who may, or apply what \`outbound-sync migrate --sql\` prints.`,
    { cause: error },
  )
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
    ...(pending.some(isOurs) ? [`\n${rememberCompatible(schema)};`] : []),
    'commit;',
    '',
  ].join('\n')
}

const isOurs = ({ name }: { name: string }): boolean => !name.includes('/')

const rememberCompatible = (schema: string): string =>
  `insert into ${schema}.compatibility (programs) values ('${compatiblePrograms}')
     on conflict (id) do update set programs = excluded.programs`

function migrationClass(statements: string): new (...args: ConstructorParameters<typeof Migration>) => Migration {
  return class extends Migration {
    override up(): void {
      this.addSql(statements)
    }
  }
}

// A second database of the tests' PostgreSQL as the remote of sql-table, and its provider on it.
import pg from 'pg'
import { createConnectTcp } from '../../../core/http/connect-tcp.ts'
import { createEgressGuard } from '../../../core/http/egress-guard.ts'
import type { Property, SyncObjectArgs } from '../../../core/sdk/index.ts'
import { SqlTableSync } from '../../../plugins/sql-table/provider.ts'
import { type SqlTableSettings, settingsSchema } from '../../../plugins/sql-table/settings.ts'
import { createRecordingHttpClient } from '../../support/recording-http-client.ts'
import { syncArgs } from '../../support/sync-args.ts'
import { createTestDatabase } from '../../support/test-database.ts'

export interface SecondDatabase {
  databaseUrl: string
  /** Of a connection to it. */
  settings: Record<string, unknown>
  query(text: string, values?: readonly unknown[]): Promise<Record<string, unknown>[]>
  /** Closed with the database. */
  provider(settings?: Partial<SqlTableSettings>): SqlTableSync
  argsOf(row: { table: string; idField: string; idValue: string; properties?: readonly Property[] }): SyncObjectArgs
  close(): Promise<void>
}

/** @param server URL of another PostgreSQL than that of the test run */
export async function createSecondDatabase(server?: string): Promise<SecondDatabase> {
  const { databaseUrl, drop } = await createTestDatabase({ server })
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  const url = new URL(databaseUrl)
  const settings = {
    host: url.hostname,
    port: Number(url.port || 5432),
    database: url.pathname.slice(1),
    user: decodeURIComponent(url.username),
    // A server that trusts its own machine asks for none.
    password: decodeURIComponent(url.password) || 'not-asked-for',
    tls: 'off',
  }
  const http = createRecordingHttpClient()
  const providers: SqlTableSync[] = []
  return {
    databaseUrl,
    settings,
    query: async (text, values = []) => (await client.query(text, [...values])).rows,
    provider(changes = {}) {
      const provider = new SqlTableSync({
        connection: { id: 'c1', name: 'Reports', scope: '' },
        settings: settingsSchema.parse({ ...settings, ...changes }),
        mappings: [],
        http,
        connectTcp: createConnectTcp({ egressGuard: createEgressGuard({ allow: ['127.0.0.0/8', '::1'] }) }),
        log: { debug() {}, info() {}, warn() {}, error() {} },
      })
      providers.push(provider)
      return provider
    },
    argsOf: ({ table, idField, idValue, properties = [] }) =>
      syncArgs({ http, externalObjectType: table, externalIdField: idField, idValue, properties }),
    async close() {
      await Promise.all(providers.map((provider) => provider.close()))
      await client.end()
      await drop()
    },
  }
}

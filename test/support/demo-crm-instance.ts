// A Demo CRM for one test file: its real service on a database of its own.
import pg from 'pg'
import type { Log, PluginContext } from '../../core/sdk/index.ts'
import { createDemoCrmService } from '../../plugins/demo-crm/crm-service.ts'
import { demoCrmMigrations } from '../../plugins/demo-crm/migrations.ts'
import { createTestDatabase } from './test-database.ts'

export interface DemoCrmDatabase {
  executeSql: PluginContext['executeSql']
  log: Log
  /** The errors and warnings that were logged. */
  complaints: string[]
  drop(): Promise<void>
}

export async function createDemoCrmDatabase(): Promise<DemoCrmDatabase> {
  const database = await createTestDatabase()
  const pool = new pg.Pool({ connectionString: database.databaseUrl, max: 5 })
  const goodbyes: Promise<void>[] = []
  pool.on('connect', (client) => {
    goodbyes.push(new Promise((resolve) => client.once('end', () => resolve())))
  })
  for (const { up } of demoCrmMigrations) await pool.query(up)
  const complaints: string[] = []
  const complain = (data: object, message: string): void => {
    complaints.push(`${message} ${JSON.stringify(data)}`)
  }
  return {
    executeSql: (text, values) => pool.query(text, [...values]),
    log: { debug() {}, info() {}, warn: complain, error: complain },
    complaints,
    async drop() {
      await pool.end()
      // end() does not wait for the connections to be closed, and dropping the database would cut them.
      await Promise.all(goodbyes)
      await database.drop()
    },
  }
}

export interface DemoCrmInstance extends DemoCrmDatabase {
  origin: string
  stop(): Promise<void>
}

export async function startDemoCrm(): Promise<DemoCrmInstance> {
  const database = await createDemoCrmDatabase()
  const service = await createDemoCrmService(database).start()
  return {
    ...database,
    origin: service.origin,
    async stop() {
      await service.stop()
      await database.drop()
    },
  }
}

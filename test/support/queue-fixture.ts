// A migrated database with a started queue and one connection, for tests that drive the queue's parts one by one.
import { randomUUID } from 'node:crypto'
import type { Database } from '../../core/database/transaction.ts'
import { type Boss, createBoss } from '../../core/queue/boss.ts'
import { claimJobs } from '../../core/queue/claim.ts'
import type { ClaimedJob } from '../../core/queue/claimed-job.ts'
import { enqueueSubjects } from '../../core/queue/enqueue.ts'
import type { Priority } from '../../core/queue/job-states.ts'
import type { Lane } from '../../core/queue/merge-lines.ts'
import { createMigratedDatabase, quietLog } from './migrated-database.ts'

export interface QueueFixture {
  database: Database
  databaseUrl: string
  boss: Boss
  addConnection(connection?: { provider?: string; scope?: string; state?: string }): Promise<string>
  /** Enqueues orders by id in one transaction. */
  enqueue(connectionId: string, ids: readonly string[], options?: EnqueueOptions): Promise<void>
  claim(
    connectionId: string,
    options?: { worker?: string; limit?: number; scopes?: string[]; lane?: Lane },
  ): Promise<ClaimedJob[]>
  rows(sql: string, values?: readonly unknown[]): Promise<Record<string, unknown>[]>
  ticketCount(connectionId: string): Promise<number>
  close(): Promise<void>
}

interface EnqueueOptions {
  scope?: string
  trigger?: string
  isForced?: boolean
  priority?: Priority
}

export const eventScope = 'organizer:acme/event:conf26'
const bossSchema = 'outbound_sync_boss'

export async function createQueueFixture(): Promise<QueueFixture> {
  const { database, databaseUrl, drop } = await createMigratedDatabase()
  const boss = createBoss({ database, schema: bossSchema, log: quietLog, isWorker: false })
  await boss.start()
  return {
    database,
    databaseUrl,
    boss,
    async addConnection({ provider = 'test', scope = 'organizer:acme', state = 'active' } = {}) {
      const id = randomUUID()
      await boss.createQueue(id)
      await database.executeSql(
        `insert into outbound_sync.connection (id, provider, provider_version, scope, name, account_key, state)
         values ($1::uuid, $2, '1.0.0', $3, $1::text, $1::text, $4)`,
        [id, provider, scope, state],
      )
      return id
    },
    async enqueue(connectionId, ids, { scope = eventScope, trigger = 'order_placed', isForced, priority } = {}) {
      await database.transaction((session) =>
        enqueueSubjects({ schema: database.schema, boss }, session, {
          connectionId,
          subjects: ids.map((id) => ({ model: 'Order', id, scope })),
          trigger: { name: trigger },
          ...(isForced === undefined ? {} : { isForced }),
          ...(priority === undefined ? {} : { priority }),
        }),
      )
    },
    claim: (connectionId, { worker = 'worker-1', limit = 100, scopes = [eventScope], lane = 'ordinary' } = {}) =>
      claimJobs({ database, boss }, { connectionId, worker, leaseSeconds: 60, limit, scopes, lane }),
    async rows(sql, values = []) {
      return (await database.executeSql(sql, values)).rows
    },
    async ticketCount(connectionId) {
      const { rows } = await database.executeSql<{ count: string }>(
        `select count(*) from ${bossSchema}.job where name = $1 and state < 'active'`,
        [`sync-${connectionId}`],
      )
      return Number(rows[0]?.count)
    },
    async close() {
      await boss.stop()
      await drop()
    },
  }
}

// The buttons of the pages, pressed in this process.
import { createPool } from '../../core/database/pool.ts'
import { createBoss } from '../../core/queue/boss.ts'
import { createJobActions } from '../../core/queue/job-actions.ts'
import { createWakeUp } from '../../core/queue/wake-up.ts'
import { scope } from './fixture-shop.ts'
import type { Instance } from './instance.ts'
import { quietLog } from './migrated-database.ts'

export function openJobActions({ databaseUrl, connectionId }: Pick<Instance, 'databaseUrl' | 'connectionId'>) {
  const database = createPool({ databaseUrl, schema: 'outbound_sync', log: quietLog })
  const boss = createBoss({ database, schema: 'outbound_sync_boss', log: quietLog, isWorker: false })
  const actions = createJobActions({ database, boss, wakeUp: createWakeUp({ database, log: quietLog }) })
  const started = boss.start()
  return {
    async syncNow(id: string): Promise<void> {
      await started
      await actions.syncNow({ connectionId, subject: { model: 'Order', id }, scope, actor: 'Ada' })
    },
    async retryNow(jobId: string): Promise<void> {
      await started
      await actions.retryNow({ jobId, actor: 'Ada' })
    },
    async close(): Promise<void> {
      await boss.stop()
      await database.close()
    },
  }
}

// A worker process for the tests of the driver, made to be killed: slow pages and slow transactions, a short lease.
import { setTimeout as delay } from 'node:timers/promises'
import { createPool } from '../../../core/database/pool.ts'
import { retryLines } from '../../../core/queue/line-actions.ts'
import { createRunDriver } from '../../../core/runs/run-driver.ts'
import { quietLog } from '../../support/migrated-database.ts'
import { createEnqueue, createPreview, recordModel } from './run-bench.ts'

const [databaseUrl = '', slowMs = '0'] = process.argv.slice(2)
const database = createPool({ databaseUrl, schema: 'outbound_sync', log: quietLog })
const plain = recordModel(database)
const model = recordModel(database, {
  async page(...args) {
    await delay(Number(slowMs))
    return plain.page(...args)
  },
})
const driver = createRunDriver({
  worker: 'test',
  database,
  catalog: { sourceModel: () => model, provider: () => null },
  activation: { rows: async () => [] },
  enqueue: createEnqueue({ delayMs: Number(slowMs) }),
  previewSubjects: createPreview(),
  async retryLines(session, request) {
    const counts = await retryLines(
      session,
      { schema: 'outbound_sync', boss: { insertTickets: async () => {} } },
      request,
    )
    await delay(Number(slowMs))
    return counts
  },
  wakeUp() {},
  onAuditFinished() {},
  log: quietLog,
  leaseSeconds: 1,
})
driver.start()
process.send?.('started')
process.on('SIGTERM', async () => {
  await driver.stop()
  await database.close()
  process.disconnect?.()
})

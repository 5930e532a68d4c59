// A worker of the fixture shop in a process of its own, told by its parent when to begin. Says what memory it took.
import pg from 'pg'
import { createOutboundSync } from '../../core/outbound-sync.ts'
import { createFixturePlugin } from '../support/fixture-shop.ts'
import type { WorkerOrder, WorkerSetup } from './worker-process.ts'

const setup: WorkerSetup = JSON.parse(process.argv[2] ?? '{}')
const pool = new pg.Pool({ connectionString: setup.shopDatabaseUrl, max: 4 })
const sync = await createOutboundSync({
  databaseUrl: setup.databaseUrl,
  plugins: [createFixturePlugin(pool)],
  keyFolder: setup.keyFolder,
  egressAllow: ['127.0.0.1'],
  preparedStatements: setup.preparedStatements,
  migrations: 'manual',
  logLevel: 'error',
})
await sync.start()
process.on('message', async (order: WorkerOrder) => {
  if (order === 'start') await sync.worker.start()
  process.send?.({ peakMebibytes: process.resourceUsage().maxRSS / 1024 })
})
process.once('disconnect', async () => {
  await sync.stop()
  await pool.end()
})
process.send?.('ready')

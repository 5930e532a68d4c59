// A worker with the provider of batch-provider.ts in a process of its own, to be killed. Says "ready" when it works.
import pg from 'pg'
import { createOutboundSync } from '../../core/outbound-sync.ts'
import { createBatchPlugin } from './batch-provider.ts'
import { createFixturePlugin } from './fixture-shop.ts'

const [databaseUrl = '', keyFolder = '', remotePort = '', leaseSeconds = '3'] = process.argv.slice(2)
const pool = new pg.Pool({ connectionString: databaseUrl, max: 4 })
const sync = await createOutboundSync({
  databaseUrl,
  plugins: [createFixturePlugin(pool), createBatchPlugin({ batchSize: 25 }).plugin],
  keyFolder,
  egressAllow: [`127.0.0.1:${remotePort}`],
  workerPollIntervalMs: 100,
  workerLeaseSeconds: Number(leaseSeconds),
  logLevel: 'warn',
})
await sync.start()
await sync.worker.start()
process.once('SIGTERM', async () => {
  await sync.stop()
  await pool.end()
  process.disconnect?.()
})
process.send?.('ready')

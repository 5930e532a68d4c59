// A worker with the providers of authorized-provider.ts in a process of its own, to be killed. Says "ready" when it works.
import pg from 'pg'
import { createOutboundSync } from '../../core/outbound-sync.ts'
import { authorizedPlugin } from './authorized-provider.ts'
import { createFixturePlugin } from './fixture-shop.ts'

const [databaseUrl = '', keyFolder = ''] = process.argv.slice(2)
const pool = new pg.Pool({ connectionString: databaseUrl, max: 4 })
const sync = await createOutboundSync({
  databaseUrl,
  plugins: [createFixturePlugin(pool), authorizedPlugin],
  keyFolder,
  egressAllow: ['127.0.0.1'],
  workerPollIntervalMs: 50,
  workerLeaseSeconds: 3,
  workerBatchSize: 5,
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

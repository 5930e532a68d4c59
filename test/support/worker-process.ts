// A worker of the fixture shop in a process of its own, to be killed, stopped or frozen. Says "ready" when it works.
import pg from 'pg'
import { createOutboundSync } from '../../core/outbound-sync.ts'
import { createFixturePlugin } from './fixture-shop.ts'
import type { WorkerProcessOptions, WorkerReport } from './start-worker-process.ts'

// start-worker-process.ts is the only caller.
const options = JSON.parse(process.argv[2] ?? '{}') as WorkerProcessOptions
const pool = new pg.Pool({ connectionString: options.databaseUrl, max: 4 })
// The database is taken away in some scenarios; the host's own queries then fail one by one.
pool.on('error', () => undefined)
const sync = await createOutboundSync({
  databaseUrl: options.databaseUrl,
  plugins: [createFixturePlugin(pool, options)],
  keyFolder: options.keyFolder,
  egressAllow: [`127.0.0.1:${options.remotePort}`],
  workerPollIntervalMs: options.pollIntervalMs ?? 100,
  workerLeaseSeconds: options.leaseSeconds ?? 3,
  workerDrainSeconds: options.drainSeconds ?? 25,
  logLevel: 'warn',
})
await sync.start({ waitMs: options.waitMs ?? 0 })
await sync.worker.start()
process.once('SIGTERM', async () => {
  await sync.stop()
  await pool.end()
  process.disconnect?.()
})
process.on('message', () => {
  const report: WorkerReport = { rssBytes: process.memoryUsage.rss(), clockMs: Date.now() }
  process.send?.(report)
})
process.send?.('ready')

// The plugin of tokens-plugin.ts in a process of its own: a worker, or a rotation of the keys that kills itself with
// SIGKILL once so many values are sealed anew. Says "ready" when it works.
import { createOutboundSync } from '../../core/outbound-sync.ts'
import { tokensPlugin } from './tokens-plugin.ts'

export interface TokensProcess {
  databaseUrl: string
  /** Master keys in base64, the current one first. */
  secretKeys: readonly string[]
  origin: string
  /** Null for a worker. */
  killAfter: number | null
}

// rotate-keys.ts in test/faults is the only caller.
const { databaseUrl, secretKeys, origin, killAfter } = JSON.parse(process.argv[2] ?? '{}') as TokensProcess
const sync = await createOutboundSync({
  databaseUrl,
  plugins: [tokensPlugin],
  secretKeys: [...secretKeys],
  egressAllow: [new URL(origin).host],
  workerPollIntervalMs: 100,
  logLevel: 'warn',
})
if (killAfter !== null) {
  await sync.keys.rotate({
    actor: 'test',
    batchSize: 10,
    onProgress({ resealedCount }) {
      if (resealedCount >= killAfter) process.kill(process.pid, 'SIGKILL')
    },
  })
} else {
  await sync.start()
  await sync.worker.start()
}
process.once('SIGTERM', async () => {
  await sync.stop()
  process.disconnect?.()
})
process.send?.('ready')

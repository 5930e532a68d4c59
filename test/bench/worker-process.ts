// Starts bench-worker.ts as a process and talks to it.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { workerFlags } from '../support/worker-flags.ts'
import type { BenchShop } from './bench-shop.ts'

export interface WorkerSetup {
  databaseUrl: string
  /** Of the host's own tables: never through PgBouncer here. */
  shopDatabaseUrl: string
  keyFolder: string
  preparedStatements: boolean
}

export type WorkerOrder = 'start' | 'tell'

export interface WorkerProcess {
  /** Resolves when the worker claims. */
  start(): Promise<void>
  /** The most memory (RSS) it has had. */
  peakMebibytes(): Promise<number>
  stop(): Promise<void>
}

export async function forkWorker(
  shop: BenchShop,
  {
    databaseUrl = shop.databaseUrl,
    preparedStatements = true,
  }: { databaseUrl?: string; preparedStatements?: boolean } = {},
): Promise<WorkerProcess> {
  const setup: WorkerSetup = {
    databaseUrl,
    shopDatabaseUrl: shop.databaseUrl,
    keyFolder: shop.keyFolder,
    preparedStatements,
  }
  const child = fork(join(import.meta.dirname, 'bench-worker.ts'), [JSON.stringify(setup)], {
    execArgv: [...workerFlags],
  })
  const exited = once(child, 'exit')
  const answer = async <T>(): Promise<T> => {
    const [message] = await Promise.race([
      once(child, 'message') as Promise<[T]>,
      exited.then(([code]) => Promise.reject(new Error(`The worker process ended with ${code}`))),
    ])
    return message
  }
  const tell = async (order: WorkerOrder): Promise<{ peakMebibytes: number }> => {
    child.send(order)
    return answer()
  }
  await answer()
  return {
    async start() {
      await tell('start')
    },
    peakMebibytes: async () => (await tell('tell')).peakMebibytes,
    async stop() {
      if (child.connected) child.disconnect()
      await exited
    },
  }
}

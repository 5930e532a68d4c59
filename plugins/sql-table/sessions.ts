// Transactions on the other database, for one batch: a connection that is free is used again.
import type { Client } from 'pg'
import type { ProviderContext } from '../../core/sdk/index.ts'
import { type OpenClient, openClient } from './open-client.ts'
import type { SqlTableSettings } from './settings.ts'
import { toSyncError } from './sql-errors.ts'

export interface Sessions {
  /**
   * Runs `work` in one transaction and throws what becomes of an error of the database.
   * @param doing the beginning of a sentence: `Writing a row of "orders"`
   */
  transaction<T>(options: { doing: string; signal: AbortSignal }, work: (client: Client) => Promise<T>): Promise<T>
  close(): Promise<void>
}

// `set local` and not a start-up parameter, which a PgBouncer in between would refuse.
const begin = "begin; set local statement_timeout = '20s'; set local lock_timeout = '10s'"

export function createSessions(context: Pick<ProviderContext<SqlTableSettings>, 'settings' | 'connectTcp'>): Sessions {
  const { host, port } = context.settings
  const where = `PostgreSQL on ${host}:${port}`
  const idle: OpenClient[] = []

  function takeIdle(): OpenClient | undefined {
    for (let taken = idle.pop(); taken; taken = idle.pop()) {
      if (!taken.isLost()) return taken
    }
    return undefined
  }

  return Object.freeze({
    async transaction({ doing, signal }, work) {
      signal.throwIfAborted()
      let opened: OpenClient | undefined
      const stop = (): void => opened?.destroy()
      signal.addEventListener('abort', stop, { once: true })
      try {
        opened = takeIdle() ?? (await openClient(context, signal))
        const { client } = opened
        await client.query(begin)
        const result = await work(client)
        await client.query('commit')
        idle.push(opened)
        return result
      } catch (error) {
        if (opened && (await isRolledBack(opened))) idle.push(opened)
        else opened?.destroy()
        if (signal.aborted) throw signal.reason
        throw toSyncError(error, { where, doing })
      } finally {
        signal.removeEventListener('abort', stop)
      }
    },
    async close() {
      await Promise.all(idle.splice(0).map(({ client }) => client.end()))
    },
  } satisfies Sessions)
}

async function isRolledBack({ client, isLost }: OpenClient): Promise<boolean> {
  if (isLost()) return false
  return client.query('rollback').then(
    () => true,
    () => false,
  )
}

// Tells the workers of all processes that there is work: a NOTIFY from our own pool, outside every host transaction
// (its lock at commit would line up the host's transactions). Many calls close together become one.
import type { Database } from '../database/transaction.ts'
import { messageOf } from '../errors.ts'
import type { Log } from '../sdk/log.ts'

const shortestGapMs = 10

export const wakeUpChannel = (schema: string): string => `${schema}_wake_up`

export function createWakeUp({ database, log }: { database: Database; log: Log }): () => void {
  let isScheduled = false
  let lastAt = Number.NEGATIVE_INFINITY
  return () => {
    if (isScheduled) return
    isScheduled = true
    setTimeout(
      () => {
        isScheduled = false
        lastAt = performance.now()
        database
          .executeSql(`notify ${wakeUpChannel(database.schema)}`, [])
          .catch((error) => log.warn({ error: messageOf(error) }, 'Could not wake the workers; polling finds the work'))
      },
      Math.max(0, lastAt + shortestGapMs - performance.now()),
    ).unref()
  }
}

// Whether the program can do its work: the answer of the probe that load balancers ask.
import { setTimeout as delay } from 'node:timers/promises'
import type { Database } from './transaction.ts'

/** Who asks does not wait long. */
const readinessMs = 3_000

export function createReadiness({
  database,
  isStarted,
}: {
  database: Pick<Database, 'executeSql'>
  isStarted(): boolean
}): () => Promise<{ isReady: boolean; problem: string | null }> {
  return async function readiness() {
    if (!isStarted()) return { isReady: false, problem: 'The database is not reached yet.' }
    try {
      const tooLate = delay(readinessMs, undefined, { ref: false }).then(() => {
        throw new Error('no answer in time')
      })
      await Promise.race([database.executeSql('select 1', []), tooLate])
      return { isReady: true, problem: null }
    } catch {
      return { isReady: false, problem: 'The database does not answer.' }
    }
  }
}

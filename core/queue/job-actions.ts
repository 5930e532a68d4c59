// What a person does to the lines of subjects: sync now, retry now, cancel. Each race with a worker has its own answer.
import type { Database } from '../database/transaction.ts'
import type { Subject } from '../sdk/signals.ts'
import type { Boss } from './boss.ts'
import { enqueueSubjects } from './enqueue.ts'
import { cancelLines, type LineActionCounts, retryLines } from './line-actions.ts'

export interface JobActions {
  /** Puts the subject into the queue, to be sent even if nothing has changed. */
  syncNow(request: { connectionId: string; subject: Subject; scope: string; actor: string }): Promise<void>
  /** A full new budget of attempts, due at once, forced. Changes nothing while the remote still has to answer. */
  retryNow(request: { jobId: string; actor: string }): Promise<'retried' | 'vanished' | 'in_flight' | 'submitted'>
  /**
   * Takes the whole line out of the queue: every row of the subject that no worker has. What the remote has accepted
   * already stays there; its answer is still looked up, for the ledger.
   */
  cancel(request: { jobId: string; actor: string; reason?: string }): Promise<'canceled' | 'vanished' | 'in_flight'>
  /** The same for several lines, at most some hundreds. */
  retryMany(request: { jobIds: readonly string[]; actor: string }): Promise<LineActionCounts>
  cancelMany(request: { jobIds: readonly string[]; actor: string; reason?: string }): Promise<LineActionCounts>
}

export function createJobActions({
  database,
  boss,
  wakeUp,
}: {
  database: Database
  boss: Boss
  wakeUp(): void
}): JobActions {
  const { schema } = database

  async function retryMany({ jobIds, actor }: { jobIds: readonly string[]; actor: string }): Promise<LineActionCounts> {
    const counts = await database.transaction((session) => retryLines(session, { schema, boss }, { jobIds, actor }))
    if (counts.doneCount > 0) wakeUp()
    return counts
  }

  const cancelMany: JobActions['cancelMany'] = ({ jobIds, actor, reason }) =>
    database.transaction((session) =>
      cancelLines(session, schema, { jobIds, message: cancelMessage({ actor, reason }) }),
    )

  return Object.freeze({
    retryMany,
    cancelMany,

    async syncNow({ connectionId, subject, scope, actor }) {
      await database.transaction((session) =>
        enqueueSubjects({ schema, boss }, session, {
          connectionId,
          subjects: [{ ...subject, scope }],
          trigger: { name: 'sync_now', actor },
          isForced: true,
        }),
      )
      wakeUp()
    },

    async retryNow({ jobId, actor }) {
      const counts = await retryMany({ jobIds: [jobId], actor })
      if (counts.doneCount > 0) return 'retried'
      return counts.submittedCount > 0 ? 'submitted' : leftAs(counts)
    },

    async cancel({ jobId, ...request }) {
      const counts = await cancelMany({ jobIds: [jobId], ...request })
      return counts.doneCount > 0 ? 'canceled' : leftAs(counts)
    },
  } satisfies JobActions)
}

/** What the history says of a canceled line. */
export function cancelMessage({ actor, reason }: { actor: string; reason?: string | undefined }): string {
  return reason ? `Canceled by ${actor}: ${reason}` : `Canceled by ${actor}.`
}

function leftAs({ inFlightCount }: LineActionCounts): 'vanished' | 'in_flight' {
  return inFlightCount > 0 ? 'in_flight' : 'vanished'
}

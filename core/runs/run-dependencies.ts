// What the steps of a run are handed: the queue, the host's source models, and who is told.
import type { Activation } from '../connections/activation.ts'
import type { Database, SqlSession } from '../database/transaction.ts'
import type { Priority } from '../queue/job-states.ts'
import type { LineActionCounts } from '../queue/line-actions.ts'
import type { Catalog } from '../registry/catalog.ts'
import type { Log } from '../sdk/log.ts'
import type { MappingDocument } from '../sdk/mapping.ts'
import type { SubjectPreview } from '../sync/preview-subjects.ts'
import type { AuditReport } from './audit-report.ts'

export type EnqueueSubjects = (
  session: SqlSession,
  request: {
    connectionId: string
    subjects: readonly { model: string; id: string; scope: string }[]
    trigger: { name: string; actor?: string; run?: string }
    priority: Priority
  },
) => Promise<{ enqueuedCount: number }>

/** What sending these records with this document would do; nothing is sent and nothing is written. */
export type PreviewSubjects = (request: {
  connectionId: string
  document: MappingDocument
  subjects: readonly { model: string; id: string }[]
  signal: AbortSignal
}) => Promise<readonly SubjectPreview[]>

export interface RunDependencies {
  database: Database
  catalog: Pick<Catalog, 'sourceModel' | 'provider'>
  activation: Pick<Activation, 'rows'>
  enqueue: EnqueueSubjects
  previewSubjects: PreviewSubjects
  retryLines(session: SqlSession, request: { jobIds: readonly string[]; actor: string }): Promise<LineActionCounts>
  /** Tells the workers, once a page is committed. */
  wakeUp(): void
  /** An audit has finished and its report is written. */
  onAuditFinished(report: AuditReport): void
  log: Log
  /** Who holds the lease of a run, as its row shows. */
  worker: string
}

// The last audit of each kind of record of some connections, for the pages that everybody opens: the overview and the
// connection's own.
import type { Catalog } from '../registry/catalog.ts'
import type { Audits } from '../runs/audits.ts'
import { describeAudit, type RunWords } from './run-words.ts'

export interface AuditView {
  runId: string
  connectionId: string
  connectionName: string
  modelsLabel: string
  checkedCount: number
  missingCount: number
  /** Missing, and nothing was done about it yet. */
  isGap: boolean
  sendRunId: string | null
  finishedAt: Date | null
  words: RunWords
}

export async function newestAudits(
  { audits, catalog }: { audits: Pick<Audits, 'newest'>; catalog: Pick<Catalog, 'sourceModel'> },
  connectionIds: readonly string[],
): Promise<readonly AuditView[]> {
  const reports = await audits.newest(connectionIds)
  return reports.map((report) => ({
    runId: report.runId,
    connectionId: report.connectionId,
    connectionName: report.connectionName,
    modelsLabel: catalog.sourceModel(report.sourceModel)?.labelPlural ?? report.sourceModel,
    checkedCount: report.checkedCount,
    missingCount: report.missingCount,
    isGap: report.missingCount > 0 && report.sendRunId === null,
    sendRunId: report.sendRunId,
    finishedAt: report.finishedAt,
    words: describeAudit(report),
  }))
}

// One step of an audit: the host's records are read page by page, each page is judged by one statement, and what has not
// arrived is written down as entries of the run. Only a page is in memory at a time, and after each the audit rests for as
// long as it took, so that live work has the database for at least half of the time.
import { setTimeout as delay } from 'node:timers/promises'
import { type AuditReport, loadAuditReport } from './audit-report.ts'
import type { AuditCheckpoint } from './checkpoint.ts'
import type { ClaimedAudit } from './claim-runs.ts'
import { expectedScopes } from './expected-scopes.ts'
import { type Finding, findings, type JudgedRecord, judgeRecords, listedFindings } from './judge-records.ts'
import { countRecords, type Page, readPage } from './read-page.ts'
import type { RunDependencies } from './run-dependencies.ts'
import { tryHost } from './try-host.ts'
import { writeEntries } from './write-entries.ts'
import { endRun, holdRun, saveRun } from './write-run.ts'

const pageSize = 500
const maxRestMs = 250

export async function advanceAudit(deps: RunDependencies, claimed: ClaimedAudit, signal: AbortSignal): Promise<void> {
  if (claimed.connectionState === 'deleted') {
    return end(deps, claimed, 'stopped', 'Stopped, because the connection was deleted.')
  }
  if (!claimed.isDue) return
  let run = claimed
  let totalCount: number | undefined
  if (run.state === 'waiting') {
    const { filter, scope } = run
    const counted = await tryHost(deps, run, signal, (model) => countRecords({ model, filter, scope, signal }))
    if (counted === null) return
    totalCount = counted
  }
  while (!run.checkpoint.isAtEnd) {
    if (signal.aborted) return
    const startedAt = performance.now()
    const { filter, scope, checkpoint } = run
    const page = await tryHost(deps, run, signal, (model) =>
      readPage({ model, after: checkpoint.cursor, filter, scope, limit: pageSize, signal }),
    )
    const saved = page && (await judgePage(deps, run, { page, totalCount }))
    if (!saved) return
    run = { ...run, state: 'running', checkpoint: saved }
    totalCount = undefined
    if (saved.isAtEnd) continue
    const restMs = Math.min(maxRestMs, performance.now() - startedAt)
    await delay(restMs, undefined, { signal }).catch(() => undefined)
  }
  await end(deps, run, 'finished', null)
}

// Null when the run is another's, paused or stopped meanwhile: then nothing was written.
async function judgePage(
  deps: RunDependencies,
  run: ClaimedAudit,
  { page, totalCount }: { page: Page; totalCount: number | undefined },
): Promise<AuditCheckpoint | null> {
  const { database, worker } = deps
  const { schema } = database
  const { connectionId, sourceModel: model } = run
  // Where the plugin is switched off nothing is sent, so nothing is missing.
  const isExpected = await expectedScopes(deps, connectionId)
  const expected = page.records.filter(({ scope }) => isExpected(scope))
  // Outside of the transaction: it reads, and a snapshot of one statement is all it needs.
  const judged = await judgeRecords(database, schema, { connectionId, model, ids: expected.map(({ id }) => id) })
  const scopeById = new Map(page.records.map(({ id, scope }) => [id, scope]))
  const checkpoint: AuditCheckpoint = {
    ...countFindings(run.checkpoint, judged),
    cursor: page.next,
    isAtEnd: page.next === null,
    failedTries: 0,
    retryAt: null,
  }
  checkpoint.plugin_off += page.records.length - expected.length
  return database.transaction(async (session) => {
    if (!(await holdRun(session, schema, { run, worker }))) return null
    await writeEntries(session, schema, {
      runId: run.id,
      model,
      entries: judged.filter(isListed).map(({ id, finding: outcome, message }) => ({ id, outcome, message })),
      scopeById,
    })
    const isSaved = await saveRun(session, schema, {
      run,
      worker,
      to: 'running',
      checkpoint,
      ...(totalCount === undefined ? {} : { totalCount }),
    })
    return isSaved ? checkpoint : null
  })
}

function isListed({ finding }: JudgedRecord): boolean {
  const listed: readonly Finding[] = listedFindings
  return listed.includes(finding)
}

function countFindings(before: AuditCheckpoint, judged: readonly JudgedRecord[]): AuditCheckpoint {
  const counts = Object.groupBy(judged, ({ finding }) => finding)
  const added = findings.map((name) => [name, before[name] + (counts[name]?.length ?? 0)] as const)
  return { ...before, ...Object.fromEntries(added) }
}

async function end(
  { database, worker, log, onAuditFinished }: RunDependencies,
  run: ClaimedAudit,
  to: 'finished' | 'stopped',
  reason: string | null,
): Promise<void> {
  const { schema } = database
  // The run as it was saved last: its state is "running" by then.
  const current = { ...run, state: to === 'finished' ? 'running' : run.state } as const
  if (!(await endRun(database, schema, { run: current, worker, to, reason }))) return
  if (to !== 'finished') return
  const report = await loadAuditReport(database, schema, run.id)
  if (report) tell({ log, onAuditFinished }, report)
}

function tell({ log, onAuditFinished }: Pick<RunDependencies, 'log' | 'onAuditFinished'>, report: AuditReport): void {
  const { runId, connectionId, connectionName, sourceModel, scope, missingCount, totalCount, counts } = report
  const data = { run: runId, connection: connectionId, connectionName, sourceModel, scope, totalCount, ...counts }
  if (missingCount > 0) log.warn({ ...data, missingCount }, 'An audit found records that have not arrived')
  else log.info(data, 'An audit found that all records have arrived')
  onAuditFinished(report)
}

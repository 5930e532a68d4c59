// The buttons: sync now, retry now, cancel. Only POST. Who was slower than a worker is told so
// kindly; what belongs to a foreign scope does not exist.

import { isWithinScope } from '../connections/resolve-activation.ts'
import type { Database } from '../database/transaction.ts'
import type { JobActions } from '../queue/job-actions.ts'
import { type ActionCode, actionNotices, withActionCode } from './action-notices.ts'
import { isRowId, isUuid } from './connections/connection-records.ts'
import { type FormFields, formFields, textField } from './form-fields.ts'
import { pageUrl, sameOriginPath } from './links.ts'
import { setNotice } from './notice.ts'
import { actorOf, notFound, type PageContext, requirePermission, userOf } from './page-context.ts'
import { type PageRouter, seeOther } from './page-router.ts'
import type { SourceRecords } from './source-records.ts'

const maxReasonLength = 500

interface JobActionOptions {
  database: Database
  jobActions: JobActions
  records: SourceRecords
  basePath: string
}

export function registerJobActionPages(
  router: PageRouter,
  { database, jobActions, records, basePath }: JobActionOptions,
): void {
  const { schema } = database

  function answer(ctx: PageContext, fields: FormFields, code: ActionCode): void {
    const path = sameOriginPath(textField(fields, 'returnTo')) ?? pageUrl(basePath, '/queue')
    const isFromPanel = textField(fields, 'from') === 'panel'
    if (!isFromPanel) setNotice(ctx, actionNotices[code], { basePath })
    seeOther(ctx, isFromPanel ? withActionCode(path, code) : path)
  }

  async function scopeOfJob(jobId: string): Promise<string | null> {
    const { rows } = await database.executeSql<{ scope: string }>(
      `select scope from ${schema}.sync_job where id = $1`,
      [jobId],
    )
    return rows[0]?.scope ?? null
  }

  /** Null when the job is gone, which is no secret; a foreign one is a 404. */
  async function requireJob(ctx: PageContext): Promise<string | null> {
    const jobId = ctx.params.id
    if (!isRowId(jobId)) return notFound(ctx)
    const scope = await scopeOfJob(jobId)
    if (scope === null) return null
    requirePermission(ctx, 'operate', scope)
    return jobId
  }

  async function scopeOfSubject(subject: { model: string; id: string }, connectionId: string): Promise<string | null> {
    const record = await records.find(subject)
    if (record) return record.scope
    // The host no longer has it; what we did with it before tells where it belonged.
    const { rows } = await database.executeSql<{ scope: string }>(
      `select scope from ${schema}.attempt where connection_id = $1 and source_model = $2 and source_id = $3
       order by id desc limit 1`,
      [connectionId, subject.model, subject.id],
    )
    return rows[0]?.scope ?? null
  }

  router.post('/sync-now', async (ctx) => {
    const fields = formFields(ctx)
    const connectionId = textField(fields, 'connection')
    const subject = { model: textField(fields, 'model'), id: textField(fields, 'id') }
    if (!isUuid(connectionId) || !subject.model || !subject.id) return notFound(ctx)
    const scope = await scopeOfSubject(subject, connectionId)
    if (scope === null) return notFound(ctx)
    const user = requirePermission(ctx, 'operate', scope)
    const { rows } = await database.executeSql<{ scope: string }>(
      `select scope from ${schema}.connection where id = $1 and state not in ('draft', 'deleted')`,
      [connectionId],
    )
    if (!rows[0] || !isWithinScope(scope, rows[0].scope)) return notFound(ctx)
    await jobActions.syncNow({ connectionId, subject, scope, actor: actorOf(user) })
    answer(ctx, fields, 'sync_queued')
  })

  router.post('/jobs/:id/retry', async (ctx) => {
    const jobId = await requireJob(ctx)
    const result = jobId ? await jobActions.retryNow({ jobId, actor: actorOf(userOf(ctx)) }) : 'vanished'
    const code = { in_flight: 'retry_in_flight', submitted: 'retry_submitted' } as const
    answer(ctx, formFields(ctx), result === 'in_flight' || result === 'submitted' ? code[result] : result)
  })

  router.post('/jobs/:id/cancel', async (ctx) => {
    const jobId = await requireJob(ctx)
    const fields = formFields(ctx)
    const reason = textField(fields, 'reason').slice(0, maxReasonLength)
    const request = { actor: actorOf(userOf(ctx)), ...(reason ? { reason } : {}) }
    const result = jobId ? await jobActions.cancel({ jobId, ...request }) : 'vanished'
    answer(ctx, fields, result === 'in_flight' ? 'cancel_in_flight' : result)
  })
}

// Retry or cancel for all lines that were ticked in the queue, and one sentence that says what became of each.
import type { Database } from '../database/transaction.ts'
import type { JobActions } from '../queue/job-actions.ts'
import type { LineActionCounts } from '../queue/line-actions.ts'
import type { User } from '../sdk/user.ts'
import { isRowId } from './connections/connection-records.ts'
import { formFields, listField, textField } from './form-fields.ts'
import { pageUrl, sameOriginPath } from './links.ts'
import { setNotice } from './notice.ts'
import { actorOf, userOf } from './page-context.ts'
import { type PageRouter, seeOther } from './page-router.ts'

const maxCount = 200
type BulkAction = 'retry' | 'cancel'

interface BulkOptions {
  database: Database
  jobActions: JobActions
}

export function registerSelectedJobs(
  router: PageRouter,
  { database, jobActions, basePath }: BulkOptions & { basePath: string },
): void {
  router.post('/jobs/selected', async (ctx) => {
    const fields = formFields(ctx)
    const action = textField(fields, 'action')
    if (action !== 'retry' && action !== 'cancel') return ctx.throw(422, 'Choose “Retry” or “Cancel”.')
    const jobIds = [...new Set(listField(fields, 'job'))].filter(isRowId).slice(0, maxCount)
    const counts = await actOnMany({ database, jobActions }, { jobIds, user: userOf(ctx), action })
    const kind = counts.doneCount > 0 ? 'success' : 'info'
    setNotice(ctx, { kind, text: bulkSentence(action, counts) }, { basePath })
    seeOther(ctx, sameOriginPath(textField(fields, 'returnTo')) ?? pageUrl(basePath, '/queue'))
  })
}

interface BulkCounts extends Omit<LineActionCounts, 'askedAgainCount'> {
  refusedCount: number
}

async function actOnMany(
  { database, jobActions }: BulkOptions,
  { jobIds, user, action }: { jobIds: readonly string[]; user: User; action: BulkAction },
): Promise<BulkCounts> {
  const { rows } = await database.executeSql<{ id: string; scope: string }>(
    `select id::text, scope from ${database.schema}.sync_job where id = any($1::bigint[])`,
    [jobIds],
  )
  // What may not be seen does not exist.
  const seen = rows.filter(({ scope }) => user.can('view', scope))
  const allowed = seen.filter(({ scope }) => user.can('operate', scope)).map(({ id }) => id)
  const request = { jobIds: allowed, actor: actorOf(user) }
  const counts = action === 'retry' ? await jobActions.retryMany(request) : await jobActions.cancelMany(request)
  return {
    ...counts,
    vanishedCount: counts.vanishedCount + jobIds.length - seen.length,
    refusedCount: seen.length - allowed.length,
  }
}

function bulkSentence(
  action: BulkAction,
  { doneCount: done, vanishedCount: vanished, refusedCount: refused, submittedCount: submitted, ...counts }: BulkCounts,
): string {
  const inFlight = counts.inFlightCount - submitted
  const parts = [
    done > 0 ? `${done} ${action === 'retry' ? 'will be tried again as soon as possible' : 'will not be sent'}` : '',
    vanished > 0 ? `${vanished} had finished in the meantime` : '',
    inFlight > 0 ? `${inFlight} ${inFlight === 1 ? 'is' : 'are'} being sent right now` : '',
    submitted > 0 ? `${submitted} ${submitted === 1 ? 'waits' : 'wait'} for the remote’s answer` : '',
    refused > 0 ? `${refused} you may not change` : '',
  ].filter(Boolean)
  return parts.length > 0 ? `${parts.join('; ')}.` : 'Nothing was selected. Tick the lines you mean first.'
}

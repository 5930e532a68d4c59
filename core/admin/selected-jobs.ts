// Retry or cancel for all lines that were ticked in the queue, and one sentence that says what became of each.
import type { Database } from '../database/transaction.ts'
import type { JobActions } from '../queue/job-actions.ts'
import type { User } from '../sdk/user.ts'
import { isRowId } from './connection-records.ts'
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
    const kind = counts.done > 0 ? 'success' : 'info'
    setNotice(ctx, { kind, text: bulkSentence(action, counts) }, { basePath })
    seeOther(ctx, sameOriginPath(textField(fields, 'returnTo')) ?? pageUrl(basePath, '/queue'))
  })
}

interface BulkCounts {
  done: number
  vanished: number
  inFlight: number
  refused: number
}

async function actOnMany(
  { database, jobActions }: BulkOptions,
  { jobIds, user, action }: { jobIds: readonly string[]; user: User; action: BulkAction },
): Promise<BulkCounts> {
  const { rows } = await database.executeSql<{ id: string; scope: string }>(
    `select id::text, scope from ${database.schema}.sync_job where id = any($1::bigint[])`,
    [jobIds],
  )
  const scopeById = new Map(rows.map(({ id, scope }) => [id, scope]))
  const counts = { done: 0, vanished: 0, inFlight: 0, refused: 0 }
  const actor = actorOf(user)
  for (const jobId of jobIds) {
    const scope = scopeById.get(jobId)
    // What may not be seen does not exist.
    if (scope === undefined || !user.can('view', scope)) counts.vanished += 1
    else if (!user.can('operate', scope)) counts.refused += 1
    else {
      const request = { jobId, actor }
      const result = action === 'retry' ? await jobActions.retryNow(request) : await jobActions.cancel(request)
      if (result === 'vanished') counts.vanished += 1
      else if (result === 'in_flight') counts.inFlight += 1
      else counts.done += 1
    }
  }
  return counts
}

function bulkSentence(action: BulkAction, { done, vanished, inFlight, refused }: BulkCounts): string {
  const parts = [
    done > 0 ? `${done} ${action === 'retry' ? 'will be tried again as soon as possible' : 'will not be sent'}` : '',
    vanished > 0 ? `${vanished} had finished in the meantime` : '',
    inFlight > 0 ? `${inFlight} ${inFlight === 1 ? 'is' : 'are'} being sent right now` : '',
    refused > 0 ? `${refused} you may not change` : '',
  ].filter(Boolean)
  return parts.length > 0 ? `${parts.join('; ')}.` : 'Nothing was selected. Tick the lines you mean first.'
}

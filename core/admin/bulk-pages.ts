// Retry or cancel of all lines that match the filter of the queue: a page that names the number and what will happen, then
// a run in the background. Whoever asks may operate in the scopes of the lines it is for; the others he sees stay.
import type { Database } from '../database/transaction.ts'
import type { Catalog } from '../registry/catalog.ts'
import { type BulkActions, type BulkMode, maxBulkLineCount } from '../runs/bulk-actions.ts'
import { isRowId, loadConnections } from './connections/connection-records.ts'
import { formFields, queryFields, textField } from './form-fields.ts'
import { pageUrl } from './links.ts'
import { setNotice } from './notice.ts'
import { actorOf, type PageContext, userOf } from './page-context.ts'
import { type PageRouter, seeOther } from './page-router.ts'
import { type QueueSelection, readQueueQuery } from './queue-query.ts'
import { jobScopes } from './scopes.ts'
import type { ShowPage } from './show-page.ts'
import type { SourceRecords } from './source-records.ts'

const maxReasonLength = 500

export function registerBulkPages(
  router: PageRouter,
  {
    database,
    catalog,
    bulkActions,
    records,
    show,
    basePath,
  }: {
    database: Database
    catalog: Catalog
    bulkActions: BulkActions
    records: SourceRecords
    show: ShowPage
    basePath: string
  },
): void {
  // What he means, cut down to what he may do.
  async function readRequest(ctx: PageContext, read: (name: string) => string | undefined) {
    const user = userOf(ctx)
    const connections = await loadConnections(database, { schema: database.schema, catalog })
    const query = await readQueueQuery(read, { database, catalog, records, connections, user })
    const { selection } = query
    const operable = await jobScopes(database, database.schema, {
      user,
      permission: 'operate',
      within: selection.scope,
    })
    const isSeen = (scope: string): boolean => selection.scopes === null || selection.scopes.includes(scope)
    return {
      query,
      request: {
        selection: { ...selection, scopes: operable === null ? selection.scopes : operable.allowed.filter(isSeen) },
        refusedScopes: operable === null ? null : operable.others.filter(isSeen),
      },
    }
  }

  function readMode(ctx: PageContext, text: string | undefined): BulkMode {
    return text === 'retry' || text === 'cancel' ? text : ctx.throw(422, 'Choose “Retry” or “Cancel”.')
  }

  router.get('/queue/all', async (ctx) => {
    const fields = queryFields(ctx)
    const mode = readMode(ctx, fields.action)
    const { query, request } = await readRequest(ctx, (name) => fields[name])
    const { lineCount, refusedCount, upTo } = await bulkActions.preview(request)
    show(ctx, {
      view: 'queue/all',
      title: mode === 'retry' ? 'Retry all that match' : 'Cancel all that match',
      data: {
        mode,
        words: query.words,
        queueQuery: linkQuery(query),
        lineCount: Math.min(lineCount, maxBulkLineCount),
        hasMore: lineCount > maxBulkLineCount,
        refusedCount,
        upTo,
        maxReasonLength,
      },
    })
  })

  router.post('/queue/all', async (ctx) => {
    const fields = formFields(ctx)
    const mode = readMode(ctx, textField(fields, 'action'))
    const upTo = textField(fields, 'upTo')
    if (!isRowId(upTo)) return ctx.throw(422, 'Open the queue and choose “all that match” there.')
    const { query, request } = await readRequest(ctx, (name) => textField(fields, name))
    const { scopes } = request.selection
    if (scopes?.length === 0)
      return ctx.throw(403, 'You may look at this, but not retry, cancel or send anything here.')
    const note = textField(fields, 'note').slice(0, maxReasonLength)
    const { runId, lineCount } = await bulkActions.start({
      ...request,
      mode,
      upTo,
      actor: actorOf(userOf(ctx)),
      filter: linkQuery(query),
      ...(mode === 'cancel' && note ? { note } : {}),
    })
    const text = lineCount === 0 ? 'None of them is in the queue any more.' : 'It is done in the background.'
    setNotice(ctx, { kind: lineCount === 0 ? 'info' : 'success', text }, { basePath })
    seeOther(ctx, pageUrl(basePath, `/runs/${runId}`))
  })
}

function linkQuery({ fields }: QueueSelection): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ''))
}

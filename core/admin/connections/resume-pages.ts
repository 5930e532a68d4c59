// Resuming a paused connection, with a choice of what becomes of what has waited: all of it is sent, or what came in since a
// time, or nothing. What is not sent is canceled, and the history and the audit log say so.
import type { Connections } from '../../connections/connect.ts'
import type { Database } from '../../database/transaction.ts'
import { isErrorKind, messageOf } from '../../errors.ts'
import type { Catalog } from '../../registry/catalog.ts'
import { formFields, textField } from '../form-fields.ts'
import { pageUrl } from '../links.ts'
import { setNotice } from '../notice.ts'
import { actorOf, notFound, type PageContext, requirePermission } from '../page-context.ts'
import { type PageRouter, seeOther } from '../page-router.ts'
import type { ShowPage } from '../show-page.ts'
import { type ConnectionRecord, isUuid, loadConnections } from './connection-records.ts'

const spans = [
  { value: '1h', label: 'the last hour', seconds: 3600 },
  { value: '1d', label: 'the last day', seconds: 24 * 3600 },
  { value: '1w', label: 'the last week', seconds: 7 * 24 * 3600 },
] as const
/** Beyond this the exact number helps nobody. */
const countLimit = 10_000

interface ResumePagesOptions {
  database: Database
  catalog: Pick<Catalog, 'provider'>
  connections: Pick<Connections, 'resume'>
  show: ShowPage
  basePath: string
  now: () => Date
}

export function registerResumePages(router: PageRouter, options: ResumePagesOptions): void {
  const { database, catalog, connections, show, basePath, now } = options

  async function requireConnection(ctx: PageContext) {
    const { id } = ctx.params
    if (!isUuid(id)) return notFound(ctx)
    const all = await loadConnections(database, { schema: database.schema, catalog })
    const connection = all.find((one) => one.id === id.toLowerCase()) ?? notFound(ctx)
    return { connection, user: requirePermission(ctx, 'operate', connection.scope) }
  }

  router.get('/connections/:id/resume', async (ctx) => {
    const { connection } = await requireConnection(ctx)
    await showChoices(ctx, connection, null)
  })

  router.post('/connections/:id/resume', async (ctx) => {
    const { connection, user } = await requireConnection(ctx)
    const fields = formFields(ctx)
    // The button of the connection's own page asks for nothing: all that waits is sent.
    const sendSince = sendSinceOf(textField(fields, 'send') || 'all', textField(fields, 'since'), now())
    if (typeof sendSince === 'string') {
      return showChoices(ctx, connection, { send: 'since', since: textField(fields, 'since'), problem: sendSince })
    }
    try {
      const { canceledCount } = await connections.resume({
        connectionId: connection.id,
        actor: actorOf(user),
        isRamped: textField(fields, 'ramped') === 'yes',
        ...(sendSince === undefined ? {} : { sendSince }),
      })
      const canceled = canceledCount === 1 ? ' 1 job was canceled.' : ` ${canceledCount} jobs were canceled.`
      const text = `It goes on.${sendSince === undefined ? '' : canceled}`
      setNotice(ctx, { kind: 'success', text }, { basePath })
    } catch (error) {
      // Somebody was quicker, or the pause had ended.
      if (!isErrorKind(error, 'TransitionError')) throw error
      setNotice(ctx, { kind: 'info', text: messageOf(error) }, { basePath })
    }
    seeOther(ctx, pageUrl(basePath, `/connections/${connection.id}`))
  })

  async function showChoices(
    ctx: PageContext,
    connection: ConnectionRecord,
    typed: { send: string; since: string; problem: string } | null,
  ): Promise<void> {
    const title = `Resume ${connection.name}`
    const since = spans.map(({ seconds }) => new Date(now().getTime() - seconds * 1000))
    const [waitingCount = 0, ...counts] = await countsOf(connection.id, [new Date(0), ...since])
    show(ctx, {
      view: 'connections/resume',
      title: typed ? `Error: ${title}` : title,
      status: typed ? 422 : 200,
      data: {
        connection,
        isPaused: connection.gate === 'paused',
        typed: typed ?? { send: 'all', since: '' },
        problems: typed ? [{ field: 'since', text: typed.problem }] : [],
        waitingCount,
        countLimit,
        spans: spans.map(({ value, label }, index) => ({ value, label, count: counts[index] ?? 0 })),
      },
    })
  }

  /** How many wait that were taken in since each of the times. */
  async function countsOf(connectionId: string, times: readonly Date[]): Promise<readonly number[]> {
    const { rows } = await database.executeSql<{ count: number }>(
      `select counted.count from unnest($2::text[]) with ordinality as since (at, number)
       cross join lateral (
         select count(*)::int as count from (
           select from ${database.schema}.sync_job
           where connection_id = $1 and state = 'waiting' and created_at >= since.at::timestamptz limit $3) job
       ) counted order by number`,
      [connectionId, times.map((time) => time.toISOString()), countLimit + 1],
    )
    return rows.map(({ count }) => count)
  }
}

/** Undefined: send all. Null: send nothing. A text says what is wrong. */
function sendSinceOf(send: string, since: string, now: Date): Date | null | undefined | string {
  if (send === 'all') return undefined
  if (send === 'none') return null
  const span = spans.find(({ value }) => value === send)
  if (span) return new Date(now.getTime() - span.seconds * 1000)
  if (send !== 'since') return 'Choose one of the ways that the form offers.'
  // What a browser sends of a date with a time; the page says that it is UTC.
  const at = new Date(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$/.test(since) ? `${since}Z` : Number.NaN)
  // 2026-02-31 would be read as a day in March.
  if (Number.isNaN(at.getTime()) || !at.toISOString().startsWith(since))
    return 'Enter a date and a time, such as 2026-11-22 14:30.'
  return at > now ? 'Enter a time that is past.' : at
}

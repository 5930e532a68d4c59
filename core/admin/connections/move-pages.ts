// Switching a connection off and on, deleting it, and discarding a draft. Deleting says what will happen and wants the name
// typed, because it cannot be taken back.
import type { Connections } from '../../connections/connect.ts'
import type { Database } from '../../database/transaction.ts'
import { isErrorKind, messageOf } from '../../errors.ts'
import type { Catalog } from '../../registry/catalog.ts'
import { formFields, textField } from '../form-fields.ts'
import { pageUrl } from '../links.ts'
import { setNotice } from '../notice.ts'
import { actorOf, type PageContext } from '../page-context.ts'
import { type PageRouter, seeOther } from '../page-router.ts'
import type { ShowPage } from '../show-page.ts'
import { type Configurable, requireConfigurable } from './configurable.ts'

/** Beyond this the exact number helps nobody. */
const countLimit = 10_000

interface MovePagesOptions {
  database: Database
  catalog: Pick<Catalog, 'provider'>
  connections: Pick<Connections, 'list' | 'disable' | 'enable' | 'remove'>
  show: ShowPage
  basePath: string
}

export function registerMovePages(router: PageRouter, options: MovePagesOptions): void {
  const { database, connections, show, basePath } = options

  const switches = [
    {
      path: 'disable',
      move: connections.disable,
      done: 'is switched off. Nothing is sent, and nothing new is taken in.',
    },
    { path: 'enable', move: connections.enable, done: 'is switched on again. What waited goes on.' },
  ] as const
  for (const { path, move, done } of switches) {
    router.post(`/connections/:id/${path}`, async (ctx) => {
      const configurable = await requireConfigurable(ctx, options)
      const { id, name } = configurable.connection
      await act(ctx, configurable, move, `${name} ${done}`)
      seeOther(ctx, pageUrl(basePath, `/connections/${id}`))
    })
  }

  router.post('/connections/:id/discard', async (ctx) => {
    const configurable = await requireConfigurable(ctx, options)
    if (!configurable.isDraft) ctx.throw(409, 'It is switched on already. To be rid of it, delete it.')
    await act(ctx, configurable, connections.remove, 'The draft is discarded.')
    seeOther(ctx, pageUrl(basePath, '/connections'))
  })

  router.get('/connections/:id/delete', async (ctx) => {
    await showDeletion(ctx, await requireConfigurable(ctx, options), null)
  })

  router.post('/connections/:id/delete', async (ctx) => {
    const configurable = await requireConfigurable(ctx, options)
    const { name } = configurable.connection
    const typed = textField(formFields(ctx), 'name')
    if (typed !== name.trim()) return showDeletion(ctx, configurable, typed)
    await act(ctx, configurable, connections.remove, `${name} is deleted.`)
    seeOther(ctx, pageUrl(basePath, '/connections'))
  })

  async function act(
    ctx: PageContext,
    { connection, actor }: Configurable,
    move: (request: { connectionId: string; actor: string }) => Promise<void>,
    done: string,
  ): Promise<void> {
    try {
      await move({ connectionId: connection.id, actor: actorOf(actor) })
      setNotice(ctx, { kind: 'success', text: done }, { basePath })
    } catch (error) {
      // Somebody was quicker.
      if (!isErrorKind(error, 'TransitionError')) throw error
      setNotice(ctx, { kind: 'info', text: messageOf(error) }, { basePath })
    }
  }

  async function showDeletion(ctx: PageContext, { connection }: Configurable, typed: string | null): Promise<void> {
    const title = `Delete ${connection.name}`
    const problems =
      typed === null
        ? []
        : [{ field: 'name', text: `Enter the name of the connection as it stands here: ${connection.name}` }]
    show(ctx, {
      view: 'connections/delete',
      title: typed === null ? title : `Error: ${title}`,
      status: typed === null ? 200 : 422,
      data: { connection, typed: typed ?? '', problems, countLimit, ...(await countOf(database, connection.id)) },
    })
  }
}

async function countOf(database: Database, connectionId: string): Promise<{ openCount: number; objectCount: number }> {
  const { schema } = database
  const { rows } = await database.executeSql<{ open: number; objects: number }>(
    `select (select count(*)::int from (
               select from ${schema}.sync_job
               where connection_id = $1 and state in ('waiting', 'needs_attention', 'submitted') limit $2) job) as open,
            (select count(*)::int from (
               select from ${schema}.external_object
               where connection_id = $1 and state = 'present' limit $2) object) as objects`,
    [connectionId, countLimit + 1],
  )
  return { openCount: rows[0]?.open ?? 0, objectCount: rows[0]?.objects ?? 0 }
}

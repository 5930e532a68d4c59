// The addresses of plugins that other systems call. Open to everybody and from everywhere, so no session, cookie or page is
// here; what goes back is JSON, and of a fault nothing but a reference into the log.
import { STATUS_CODES } from 'node:http'
import { z } from 'zod'
import type { Catalog } from '../registry/catalog.ts'
import type { Log } from '../sdk/log.ts'
import type { Plugin } from '../sdk/plugin.ts'
import { type PropertyValue, propertyValueSchema } from '../sdk/property-value.ts'
import type { PluginReceiver } from '../sdk/receiver.ts'
import { queryFields } from './form-fields.ts'
import type { PageContext } from './page-context.ts'
import type { PageRouter } from './page-router.ts'
import { readBody } from './read-body.ts'

const maxBodyKib = 256
const answerSchema = z.object({ status: z.int().min(200).max(599), body: propertyValueSchema.optional() })

export function mountReceivers(
  router: PageRouter,
  { catalog, log }: { catalog: Pick<Catalog, 'receivers'>; log: Log },
): void {
  for (const { plugin, receiver } of catalog.receivers) {
    const path = `/receive/${plugin.name}${receiver.path === '/' ? '' : receiver.path}`
    router.post(path, (ctx) => take(ctx, { plugin, receiver, log }))
  }
}

/** After the receivers: nothing else is below their folder, and nobody is sent from there to the sign-in. */
export async function refuseOtherMessages(ctx: PageContext, next: () => Promise<unknown>): Promise<void> {
  if (!/^\/receive(\/|$)/.test(ctx.state.path)) return void (await next())
  if (ctx.method === 'POST') return answer(ctx, 404)
  ctx.set('Allow', 'POST')
  answer(ctx, 405)
}

async function take(
  ctx: PageContext,
  { plugin, receiver, log }: { plugin: Plugin; receiver: PluginReceiver; log: Log },
): Promise<void> {
  if (isCompressed(ctx)) return answer(ctx, 415, { error: 'Send the message without compression.' })
  const body = await readBody(ctx.req, maxBodyKib * 1024).catch(() => undefined)
  if (body === undefined) return answer(ctx, 400, { error: 'The message broke off.' })
  if (body === null) return answer(ctx, 413, { error: `A message may have at most ${maxBodyKib} KiB.` })
  try {
    const message = { params: { ...ctx.params }, query: queryFields(ctx), headers: headersOf(ctx), body }
    const said = answerSchema.parse(await receiver.receive(message))
    answer(ctx, said.status, said.body)
  } catch (error) {
    const { requestId } = ctx.state
    // Without the path, which may hold the secret that the caller is known by.
    log.error({ plugin: plugin.name, error, requestId }, 'A plugin failed to take a message')
    answer(ctx, 500, { error: 'The message was not taken. Send it again later.', reference: requestId })
  }
}

function answer(ctx: PageContext, status: number, body?: PropertyValue): void {
  // Without a body of its own an error would get a page.
  const said = body === undefined && status >= 400 ? { error: STATUS_CODES[status] ?? 'Refused' } : body
  if (said !== undefined) ctx.type = 'application/json'
  ctx.body = said === undefined ? null : JSON.stringify(said)
  ctx.status = status
}

// What the host has read it has unpacked too.
function isCompressed({ req }: PageContext): boolean {
  const encoding = req.headers['content-encoding']?.toLowerCase() ?? ''
  return encoding !== '' && encoding !== 'identity' && !req.readableDidRead
}

function headersOf({ req }: PageContext): Record<string, string> {
  const entries = Object.entries(req.headers)
  return Object.fromEntries(
    entries.flatMap(([name, value]) =>
      value === undefined ? [] : [[name, typeof value === 'string' ? value : value.join(', ')]],
    ),
  )
}

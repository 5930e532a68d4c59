// A page with a form made of a schema, as the admin pages have them: the real views and style sheets, served on loopback.
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createAssets } from '../../core/admin/assets.ts'
import { createForm, type DrawnForm } from '../../core/admin/forms/form.ts'
import { createRenderer } from '../../core/admin/render.ts'
import { createViewLocals } from '../../core/admin/view-locals.ts'
import { packageRoot } from '../../core/package-root.ts'
import type { z } from '../../core/sdk/index.ts'

export interface FormPage {
  origin: string
  /** The inputs that were sent to be saved and are in order. */
  saved: unknown[]
  close(): Promise<void>
}

export async function startFormPage(
  schema: z.ZodType,
  { storedSecrets = [] }: { storedSecrets?: readonly string[] } = {},
): Promise<FormPage> {
  const views = join(packageRoot(), 'views')
  const assets = createAssets(join(views, 'assets'))
  const locals = createViewLocals({ basePath: '', assets, now: () => new Date() })
  const renderer = createRenderer({ folder: views, locals: { ...locals, ownVersion: '0.0.0' } })
  const form = createForm(schema)
  const saved: unknown[] = []

  function pageOf(drawn: DrawnForm): string {
    const body = renderer.render('form-page', { drawn }, [join(import.meta.dirname, 'views')])
    const title = drawn.problems.length > 0 ? 'Error: A form' : 'A form'
    return renderer.render('layout', { body, title, notice: null, navigation: null }).toString()
  }

  async function answer(request: IncomingMessage): Promise<string> {
    if (request.method !== 'POST') return pageOf(form.draw({ storedSecrets }))
    const submitted = await form.read(await fieldsOf(request), { storedSecrets })
    if (!submitted.isChange && submitted.problems.length === 0) saved.push(submitted.input)
    return pageOf(form.draw({ ...submitted, storedSecrets }))
  }

  const server = createServer((request, response) => {
    const asset = assets.find((request.url ?? '').replace('/assets/', ''))
    if (asset) return void response.setHeader('content-type', asset.type).end(asset.plain)
    answer(request).then(
      (html) => response.setHeader('content-type', 'text/html; charset=utf-8').end(html),
      (error) => response.writeHead(500).end(String(error)),
    )
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    saved,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

async function fieldsOf(request: IncomingMessage): Promise<Record<string, string[]>> {
  let text = ''
  for await (const chunk of request) text += String(chunk)
  const fields: Record<string, string[]> = Object.create(null)
  for (const [name, value] of new URLSearchParams(text)) fields[name] = [...(fields[name] ?? []), value]
  return fields
}

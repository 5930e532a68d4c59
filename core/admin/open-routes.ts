// What is answered to everybody without a page around it: the probes of whoever runs the program, and the style sheets.
import type { Assets } from './assets.ts'
import { notFound } from './page-context.ts'
import type { PageRouter } from './page-router.ts'

export function registerOpenRoutes(
  router: PageRouter,
  {
    assets,
    readiness,
    metrics,
  }: {
    assets: Assets
    readiness(): Promise<{ isReady: boolean; problem: string | null }>
    metrics(): Promise<string>
  },
): void {
  router.get('/healthz', (ctx) => {
    ctx.type = 'text'
    ctx.body = 'ok\n'
  })

  router.get('/readyz', async (ctx) => {
    const { isReady, problem } = await readiness()
    ctx.status = isReady ? 200 : 503
    ctx.type = 'text'
    ctx.body = isReady ? 'ready\n' : `not ready: ${problem ?? 'no reason given'}\n`
  })

  router.get('/metrics', async (ctx) => {
    ctx.type = 'text/plain; version=0.0.4; charset=utf-8'
    ctx.body = await metrics()
  })

  router.get('/assets/:file', (ctx) => {
    const asset = assets.find(ctx.params.file ?? '')
    if (!asset) return notFound(ctx)
    const encoding = ctx.acceptsEncodings('br', 'gzip', 'identity')
    ctx.vary('Accept-Encoding')
    ctx.set('Cache-Control', 'public, max-age=31536000, immutable')
    ctx.type = asset.type
    if (encoding === 'br' || encoding === 'gzip') ctx.set('Content-Encoding', encoding)
    ctx.body = encoding === 'br' ? asset.brotli : encoding === 'gzip' ? asset.gzip : asset.plain
  })
}

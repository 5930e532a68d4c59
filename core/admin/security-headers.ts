// The headers of every answer: no script at all, styles and pictures of our own, forms to ourselves, no frames, and
// nothing kept by caches.

import type { Middleware } from 'koa'
import koaHelmet from 'koa-helmet'

export function securityHeaders({ isSecure }: { isSecure: boolean }): Middleware {
  const helmet = koaHelmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        styleSrc: ["'self'"],
        // Bootstrap's form controls draw their arrows with data: pictures.
        imgSrc: ["'self'", 'data:'],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
        baseUri: ["'none'"],
      },
    },
    // With `no-referrer` browsers send `Origin: null`, and the gate for older ones would refuse our own forms.
    referrerPolicy: { policy: 'same-origin' },
    strictTransportSecurity: isSecure ? { maxAge: 31_536_000, includeSubDomains: false } : false,
    xFrameOptions: { action: 'deny' },
  })
  return async function headers(ctx, next) {
    ctx.set('Cache-Control', 'no-store')
    await helmet(ctx, next)
  }
}

// One gate before all pages: a request that could change something must come from a page of our own origin. Browsers say
// so in Sec-Fetch-Site; older ones in Origin. No token is carried through forms.
import type { Context, Middleware } from 'koa'

const safeMethods: readonly string[] = ['GET', 'HEAD', 'OPTIONS']

export function sameOriginGate({ isSecure }: { isSecure: boolean }): Middleware {
  return async function gate(ctx, next) {
    if (!safeMethods.includes(ctx.method) && !isSameOrigin(ctx, isSecure)) {
      ctx.throw(
        403,
        `The form was sent from another site than ${ctx.host}, at which it arrived. Open the page here and send it again. Behind a proxy that changes the host name or ends TLS, whoever runs this server sets trustProxy.`,
      )
    }
    await next()
  }
}

function isSameOrigin(ctx: Context, isSecure: boolean): boolean {
  const site = ctx.get('Sec-Fetch-Site')
  if (site) return site === 'same-origin'
  const origin = URL.parse(ctx.get('Origin'))
  if (!origin) return false
  // Behind a proxy that ends TLS our own socket says http.
  const protocol = isSecure ? 'https' : ctx.protocol
  return origin.origin === URL.parse(`${protocol}://${ctx.host}`)?.origin
}

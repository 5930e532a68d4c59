// One sentence carried over a redirect: "Order 17 is sent as soon as possible." It travels in a short-lived signed
// cookie, so it works for a host's users too, who have no session of ours, and costs no row.
import { z } from 'zod'
import type { PageContext } from './page-context.ts'

export const noticeKinds = ['success', 'info', 'warning', 'error'] as const
export interface Notice {
  kind: (typeof noticeKinds)[number]
  text: string
}

const noticeSchema = z.object({ kind: z.enum(noticeKinds), text: z.string() })
const cookieName = 'outbound_sync_notice'
// A cookie holds 4 KB, in base64 and with its signature.
const maxLength = 1500

export function setNotice(ctx: PageContext, notice: Notice, { basePath }: { basePath: string }): void {
  const text = notice.text.length > maxLength ? `${notice.text.slice(0, maxLength)}…` : notice.text
  const value = Buffer.from(JSON.stringify({ ...notice, text })).toString('base64url')
  ctx.cookies.set(cookieName, value, { ...cookieOptions(basePath), maxAge: 60_000 })
}

/** The notice, which is gone afterwards. */
export function takeNotice(ctx: PageContext, { basePath }: { basePath: string }): Notice | null {
  const value = ctx.cookies.get(cookieName, { signed: true })
  if (!value) return null
  ctx.cookies.set(cookieName, '', cookieOptions(basePath))
  try {
    return noticeSchema.parse(JSON.parse(Buffer.from(value, 'base64url').toString('utf8')))
  } catch {
    // Signed by us in another version: an old sentence is not worth an error page.
    return null
  }
}

const cookieOptions = (basePath: string) =>
  ({ signed: true, httpOnly: true, sameSite: 'lax', path: basePath || '/', overwrite: true }) as const

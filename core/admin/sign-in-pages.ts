// Sign in and sign out of the standalone program, and the gate that asks for it. One message for every wrong
// combination; where to go afterwards is only believed when it is a path of ours.
import type { Database } from '../database/transaction.ts'
import { type Accounts, normalizeEmail } from './accounts.ts'
import { formFields, queryFields, textField } from './form-fields.ts'
import { pageUrl, sameOriginPath } from './links.ts'
import { setNotice } from './notice.ts'
import type { PageContext } from './page-context.ts'
import { type PageRouter, seeOther } from './page-router.ts'
import type { ShowPage } from './show-page.ts'
import { createSignInThrottle } from './sign-in-throttle.ts'
import { beginSession, endSession, signedIn } from './web-session.ts'

const maxEmailLength = 254
const maxPasswordLength = 1024

interface SignInOptions {
  database: Database
  accounts: Accounts
  show: ShowPage
  basePath: string
  now: () => Date
}

export function registerSignInPages(
  router: PageRouter,
  { database, accounts, show, basePath, now }: SignInOptions,
): void {
  const throttle = createSignInThrottle(database)
  const home = pageUrl(basePath, '/')

  router.get('/sign-in', (ctx) => {
    const returnTo = sameOriginPath(queryFields(ctx).returnTo) ?? home
    if (ctx.state.user) return seeOther(ctx, returnTo)
    showForm(ctx, show, { returnTo, email: '', error: null, wasSignedOut: queryFields(ctx).ended === 'yes' })
  })

  router.post('/sign-in', async (ctx) => {
    const fields = formFields(ctx)
    const email = textField(fields, 'email')
    // Not trimmed: a password may begin with a space.
    const password = typeof fields.password === 'string' ? fields.password : ''
    const form = { returnTo: sameOriginPath(textField(fields, 'returnTo')) ?? home, email, wasSignedOut: false }
    if (!email || !password || email.length > maxEmailLength || password.length > maxPasswordLength) {
      ctx.status = 422
      return showForm(ctx, show, { ...form, error: 'Enter your e-mail address and your password.' })
    }
    const waitSeconds = await throttle.take(normalizeEmail(email))
    if (waitSeconds !== null) {
      ctx.status = 429
      ctx.set('Retry-After', String(waitSeconds))
      return showForm(ctx, show, { ...form, error: waitSentence(waitSeconds) })
    }
    const account = await accounts.check({ email, password })
    if (!account) {
      ctx.status = 422
      return showForm(ctx, show, {
        ...form,
        error: 'The e-mail address and the password do not belong together. Check both and try again.',
      })
    }
    await throttle.clear(normalizeEmail(email))
    await beginSession(
      ctx,
      { accountId: account.id, passwordMark: account.passwordMark, signedInAt: now().getTime() },
      database,
    )
    seeOther(ctx, form.returnTo)
  })

  router.post('/sign-out', (ctx) => {
    endSession(ctx)
    setNotice(ctx, { kind: 'info', text: 'You are signed out.' }, { basePath })
    seeOther(ctx, pageUrl(basePath, '/sign-in'))
  })
}

/** Puts the person of the session on the context. */
export function sessionUser({ accounts, now }: { accounts: Accounts; now: () => Date }) {
  return async function user(ctx: PageContext, next: () => Promise<unknown>): Promise<void> {
    const found = signedIn(ctx, now())
    const account = found ? await accounts.find(found.accountId) : null
    if (account && account.passwordMark === found?.passwordMark) ctx.state.user = account.user
    await next()
  }
}

/** Sends everybody who is not signed in to the sign-in, and back afterwards. */
export function requireSignIn({ basePath }: { basePath: string }) {
  return async function gate(ctx: PageContext, next: () => Promise<unknown>): Promise<void> {
    if (ctx.state.user) return void (await next())
    const isRead = ctx.method === 'GET' || ctx.method === 'HEAD'
    const search = ctx.querystring ? `?${ctx.querystring}` : ''
    // A form sent after the session ended cannot be repeated for the person; the page it stood on can be shown again.
    const path = `${basePath}${ctx.state.path}`
    // A query too long to carry along is left out; its page says then what is missing.
    const returnTo = isRead ? (sameOriginPath(`${path}${search}`) ?? path) : refererPath(ctx)
    seeOther(ctx, pageUrl(basePath, '/sign-in', { returnTo, ended: isRead ? null : 'yes' }))
  }
}

function showForm(
  ctx: PageContext,
  show: ShowPage,
  form: { returnTo: string; email: string; error: string | null; wasSignedOut: boolean },
): void {
  const status = ctx.status >= 400 && form.error ? ctx.status : 200
  show(ctx, {
    view: 'sign-in/form',
    title: form.error ? 'Error: Sign in' : 'Sign in',
    status,
    data: { ...form },
  })
}

function waitSentence(seconds: number): string {
  const time = seconds < 90 ? `${seconds} seconds` : `${Math.ceil(seconds / 60)} minutes`
  return `There were too many wrong tries for this address. Wait ${time}, then try again.`
}

function refererPath(ctx: PageContext): string | null {
  const referer = URL.parse(ctx.get('Referer'))
  return referer?.host === ctx.host ? sameOriginPath(`${referer.pathname}${referer.search}`) : null
}

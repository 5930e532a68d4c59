// Sessions of the standalone program: koa-session with its rows in web_session. The browser holds a signed random id; the
// table holds only that id's hash, so that who reads the table cannot sign in with it.
import { createHash, randomBytes } from 'node:crypto'
import type Koa from 'koa'
import session from 'koa-session'
import type { Database } from '../database/transaction.ts'
import type { PageContext } from './page-context.ts'

/** Unused for half to all of this time, a session ends. */
const idleMs = 30 * 60_000
/** Used or not, a session ends after this. */
const absoluteMs = 8 * 3_600_000

/** What a session remembers of a sign-in. */
export interface SignedIn {
  accountId: string
  /** Changes with the password, so that a new password ends the sessions of the old one. */
  passwordMark: string
  signedInAt: number
}

interface Session {
  signedIn?: SignedIn
  regenerate(): Promise<void>
}

export function webSessions({ app, database, isSecure }: { app: Koa; database: Database; isSecure: boolean }) {
  const { schema } = database
  return session(
    {
      // The prefix makes browsers refuse the cookie from a subdomain and without Secure.
      key: isSecure ? '__Host-outbound_sync' : 'outbound_sync',
      maxAge: idleMs,
      // Saves at half time instead of at every request: a page that only shows writes no row.
      renew: true,
      httpOnly: true,
      signed: true,
      sameSite: 'lax',
      secure: isSecure,
      genid: () => randomBytes(32).toString('base64url'),
      store: {
        async get(id: string) {
          const { rows } = await database.executeSql<{ data: unknown }>(
            `select data from ${schema}.web_session where id = $1 and expires_at > now()`,
            [hashOf(id)],
          )
          return rows[0]?.data
        },
        async set(id: string, data: unknown, maxAgeMs: number) {
          await database.executeSql(
            `insert into ${schema}.web_session (id, data, expires_at)
             values ($1, $2::jsonb, now() + make_interval(secs => $3))
             on conflict (id) do update set data = excluded.data, expires_at = excluded.expires_at`,
            [hashOf(id), JSON.stringify(data), maxAgeMs / 1000],
          )
        },
        async destroy(id: string) {
          await database.executeSql(`delete from ${schema}.web_session where id = $1`, [hashOf(id)])
        },
      },
    },
    app,
  )
}

/** Who the session says is here; null when nobody signed in, or too long ago. */
export function signedIn(ctx: PageContext, now: Date): SignedIn | null {
  const found = sessionOf(ctx)?.signedIn
  return found && now.getTime() - found.signedInAt < absoluteMs ? found : null
}

/** Begins a session for an account under a new id: an id planted before the sign-in is worth nothing after it. */
export async function beginSession(ctx: PageContext, signedIn: SignedIn, database: Database): Promise<void> {
  ctx.session = { signedIn }
  await sessionOf(ctx)?.regenerate()
  await database.executeSql(`delete from ${database.schema}.web_session where expires_at < now()`)
}

/** Ends the session here and on the server. */
export function endSession(ctx: PageContext): void {
  ctx.session = null
}

function sessionOf(ctx: PageContext): Session | null {
  // koa-session defines this property; what is in it was put there by beginSession and came back through our own table.
  return ctx.session as Session | null
}

const hashOf = (id: string): string => createHash('sha256').update(id).digest('base64url')

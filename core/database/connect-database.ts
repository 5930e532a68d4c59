// Opens the database at start, in words an operator can act on: which host, which database, what is wrong, what to do.
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { messageOf, OutboundSyncError } from '../errors.ts'

/**
 * Resolves when the server answers.
 * @param waitMs how long a server that refuses connections is waited for; a wrong password, name or URL fails at once
 */
export async function checkDatabase({ databaseUrl, waitMs }: { databaseUrl: string; waitMs: number }): Promise<void> {
  const target = describeTarget(databaseUrl)
  const deadline = Date.now() + waitMs
  for (;;) {
    const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 5_000 })
    client.on('error', () => undefined)
    try {
      await client.connect()
      const { rows } = await client.query<{ version: number }>(
        `select current_setting('server_version_num')::int as version`,
      )
      const version = rows[0]?.version ?? 0
      if (version < 130_000) {
        throw new OutboundSyncError(
          'database_too_old',
          `The database ${target} is PostgreSQL ${Math.floor(version / 10_000)}; version 13 or newer is needed.`,
        )
      }
      return
    } catch (error) {
      const problem = explain(error, target)
      if (!problem.canHeal || Date.now() >= deadline) throw problem.error
      await delay(500)
    } finally {
      await client.end().catch(() => undefined)
    }
  }
}

/** `host:port/database` without user and password. */
function describeTarget(databaseUrl: string): string {
  let url: URL
  try {
    url = new URL(databaseUrl)
  } catch {
    throw new OutboundSyncError(
      'database_url',
      'DATABASE_URL is not a URL. It should look like postgresql://user:password@host:5432/database.',
    )
  }
  if (!/^postgres(ql)?:$/.test(url.protocol)) {
    throw new OutboundSyncError(
      'database_url',
      `DATABASE_URL begins with ${url.protocol}// but must begin with postgresql://.`,
    )
  }
  return `${url.hostname || 'localhost'}:${url.port || '5432'}${url.pathname}`
}

function explain(error: unknown, target: string): { error: OutboundSyncError; canHeal: boolean } {
  if (error instanceof OutboundSyncError) return { error, canHeal: false }
  const code = typeof error === 'object' && error !== null ? String(Reflect.get(error, 'code') ?? '') : ''
  const say = (what: string, canHeal = false): { error: OutboundSyncError; canHeal: boolean } => ({
    error: new OutboundSyncError('database_unreachable', what, { cause: error }),
    canHeal,
  })
  switch (code) {
    case '28P01':
    case '28000':
      return say(`The database ${target} refused the user name or password. Correct DATABASE_URL.`)
    case '3D000':
      return say(`There is no such database: ${target}. Create it, or correct DATABASE_URL.`)
    case 'ENOTFOUND':
      return say(`The host of the database ${target} is not known (DNS). Correct DATABASE_URL.`)
    case '57P03':
    case '53300':
      return say(`The database ${target} takes no connections at the moment: ${messageOf(error)}.`, true)
    case 'ECONNREFUSED':
      return say(`Nothing answers at the database address ${target}. Start PostgreSQL, or correct DATABASE_URL.`, true)
    default:
      return say(`The database ${target} cannot be used: ${messageOf(error)}. Check DATABASE_URL.`, true)
  }
}

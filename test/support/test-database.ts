// A database of its own for a test file, on the server that TEST_DATABASE_URL names.
import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'

/** @param template an existing database to clone. @default an empty one */
export async function createTestDatabase({
  template,
  server = process.env.TEST_DATABASE_URL,
}: {
  template?: string
  server?: string
} = {}): Promise<{
  databaseUrl: string
  drop(): Promise<void>
}> {
  if (!server) throw new Error('Set TEST_DATABASE_URL to the URL of a PostgreSQL server that tests may use.')
  const name = `test_${randomBytes(8).toString('hex')}`
  await run(server, `create database ${name}${template ? ` template ${template}` : ''}`)
  const url = new URL(server)
  url.pathname = `/${name}`
  return {
    databaseUrl: url.href,
    async drop() {
      await untilUnused(server, name)
      await run(server, `drop database ${name} with (force)`)
    },
  }
}

/** Longest wait for connections that are still saying goodbye; what is left then is cut off. */
const goodbyeMs = 1_000

// A connection that is cut off while its pool closes would be an error that nobody waits for.
async function untilUnused(server: string, name: string): Promise<void> {
  const endsAt = performance.now() + goodbyeMs
  await withClient(server, async (client) => {
    for (;;) {
      const { rowCount } = await client.query('select from pg_stat_activity where datname = $1 limit 1', [name])
      if (rowCount === 0 || performance.now() > endsAt) return
      await delay(20)
    }
  })
}

const run = (server: string, sql: string): Promise<void> =>
  withClient(server, async (client) => void (await client.query(sql)))

async function withClient(server: string, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: server })
  await client.connect()
  try {
    await work(client)
  } finally {
    await client.end()
  }
}

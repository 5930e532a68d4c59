// A database of its own for a test file, on the server that TEST_DATABASE_URL names.
import { randomBytes } from 'node:crypto'
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
  return { databaseUrl: url.href, drop: () => run(server, `drop database ${name} with (force)`) }
}

async function run(server: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: server })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}

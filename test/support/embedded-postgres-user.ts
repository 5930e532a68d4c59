// One process that uses the embedded PostgreSQL, driven by embedded-postgres.test.ts over the channel of fork(): started
// with the options as JSON, it tells what it got, then does what it is told. It runs alone, so that it can be killed.
import pg from 'pg'
import { startEmbeddedPostgres } from '../../core/database/embedded-postgres.ts'

async function main(): Promise<void> {
  const startedAt = performance.now()
  const postgres = await startEmbeddedPostgres(JSON.parse(process.argv[2] ?? '{}'))
  tell({ databaseUrl: postgres.databaseUrl, ms: Math.round(performance.now() - startedAt) })
  process.on('message', async (order: { query?: string; databaseUrl?: string; leave?: 'release' | 'exit' }) => {
    if (order.query) tell({ rows: await query(order.databaseUrl ?? postgres.databaseUrl, order.query) })
    if (order.leave === 'exit') process.exit(0)
    if (order.leave === 'release') {
      await postgres.release()
      process.disconnect()
    }
  })
}

async function query(databaseUrl: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    return (await client.query(text)).rows
  } finally {
    await client.end()
  }
}

function tell(message: object): void {
  process.send?.(message)
}

try {
  await main()
} catch (error) {
  tell({ error: { code: error instanceof Error && 'code' in error ? error.code : '', message: String(error) } })
  process.disconnect()
}

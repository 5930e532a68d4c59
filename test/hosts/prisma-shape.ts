// The part of Prisma's client that its documentation promises for raw SQL, on a real connection: `$queryRawUnsafe` answers
// a list of rows, `$transaction` hands on a client that cannot connect, but can begin a transaction within. (Prisma itself
// fetches a program from outside when it is installed.)
import pg from 'pg'

interface PrismaTransactionShape {
  $queryRawUnsafe(text: string, ...values: unknown[]): Promise<Record<string, unknown>[]>
  $transaction<T>(work: (tx: PrismaTransactionShape) => Promise<T>): Promise<T>
}

export interface PrismaShape extends PrismaTransactionShape {
  $connect(): Promise<void>
  $disconnect(): Promise<void>
}

export function createPrismaShape(databaseUrl: string): PrismaShape {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 2 })
  const queryOn =
    (client: pg.Pool | pg.PoolClient) =>
    async (text: string, ...values: unknown[]) =>
      (await client.query(text, values)).rows

  async function within<T>(
    client: pg.PoolClient,
    [begin, commit, rollback]: readonly [string, string, string],
    work: (tx: PrismaTransactionShape) => Promise<T>,
  ): Promise<T> {
    await client.query(begin)
    try {
      const result = await work({
        $queryRawUnsafe: queryOn(client),
        $transaction: (inner) =>
          within(client, ['savepoint s', 'release savepoint s', 'rollback to savepoint s'], inner),
      })
      await client.query(commit)
      return result
    } catch (error) {
      await client.query(rollback)
      throw error
    }
  }

  return {
    $queryRawUnsafe: queryOn(pool),
    $connect: async () => undefined,
    $disconnect: () => pool.end(),
    async $transaction(work) {
      const client = await pool.connect()
      try {
        return await within(client, ['begin', 'commit', 'rollback'], work)
      } finally {
        client.release()
      }
    },
  }
}

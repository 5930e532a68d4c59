// The shop's own data layer: one MikroORM instance over the database it shares with the core, in a schema of its own. It is
// opened at first use, so that a process that only runs the worker's other plugins holds no idle pool.
import { type EntityManager, MikroORM } from '@mikro-orm/postgresql'
import { type Signals, statementName } from '../../core/sdk/index.ts'
import { shopEntities } from './entities/shop-entities.ts'

/** Rows of one read-only statement with `$1`-style values, prepared once per connection. */
export type Select = <Row>(text: string, values: readonly unknown[]) => Promise<Row[]>

export interface ShopDatabase {
  /** A fresh EntityManager: one for each piece of work. */
  openEntityManager(): EntityManager
  select: Select
  /** Several statements that see one state of the database. */
  readSnapshot<T>(read: (select: Select) => Promise<T>): Promise<T>
  close(): Promise<void>
}

/** What an order action needs: where the orders are kept and where it says that one changed. */
export interface Shop {
  database: ShopDatabase
  signals: Signals
}

export function createShopDatabase({ databaseUrl }: { databaseUrl: string }): ShopDatabase {
  let orm: MikroORM | null = null
  const open = (): MikroORM => {
    orm ??= new MikroORM({
      clientUrl: databaseUrl,
      // MikroORM reads only host, user and database of the URL; the driver also its parameters, such as sslmode.
      driverOptions: { connectionString: databaseUrl },
      entities: [...shopEntities],
      schema: 'ticket_shop',
      pool: { min: 0, max: 10, idleTimeoutMillis: 10_000 },
      // The tables come from migrations.ts.
      ensureDatabase: false,
    })
    return orm
  }
  const openPool = () => open().em.getConnection().getNativeClient()
  return Object.freeze<ShopDatabase>({
    openEntityManager: () => open().em.fork(),
    select: async (text, values) => createSelect(await openPool())(text, values),
    async readSnapshot(read) {
      const client = await (await openPool()).connect()
      let hasFailed = true
      try {
        await client.query('begin transaction isolation level repeatable read read only')
        const result = await read(createSelect(client))
        await client.query('commit')
        hasFailed = false
        return result
      } finally {
        // A connection whose transaction did not end well is not given to anybody else.
        client.release(hasFailed)
      }
    },
    async close() {
      const opened = orm
      orm = null
      await opened?.close()
    },
  })
}

// What is used of a `pg` pool and of one of its connections.
interface Queryable {
  query(config: { name: string; text: string; values: unknown[] }): Promise<{ rows: unknown[] }>
}

function createSelect(queryable: Queryable): Select {
  return async <Row>(text: string, values: readonly unknown[]): Promise<Row[]> => {
    const { rows } = await queryable.query({ name: statementName(text), text, values: [...values] })
    // Who wrote the statement says what its rows are.
    return rows as Row[]
  }
}

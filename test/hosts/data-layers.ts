// The data layers a host may have, each as its own documentation sets it up: how it saves an order, and how the signal is
// handed the transaction of that order.
import { MikroORM } from '@mikro-orm/postgresql'
import { sql } from 'drizzle-orm'
import { drizzle as drizzleOnNodePostgres } from 'drizzle-orm/node-postgres'
import { bigint, numeric, pgSchema, text } from 'drizzle-orm/pg-core'
import { drizzle as drizzleOnPostgresJs } from 'drizzle-orm/postgres-js'
import knex from 'knex'
import { CamelCasePlugin, Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import postgres from 'postgres'
import {
  fromDrizzle,
  fromKnex,
  fromKysely,
  fromMikroOrm,
  fromNodePostgres,
  fromPrisma,
  type TransactionBorder,
} from '../../core/index.ts'
import { createPrismaShape } from './prisma-shape.ts'

export interface Order {
  id: number
  code: string
  email: string
  total: string
  city: string
}

export interface HostTransaction {
  border: TransactionBorder
  save(order: Order): Promise<unknown>
}

export interface OpenLayer {
  /** Commits, or rolls back when `work` throws. */
  transaction(work: (host: HostTransaction) => Promise<void>): Promise<void>
  /** What a host does that forgot the transaction. */
  forget(): TransactionBorder
  close(): Promise<unknown>
}

export interface DataLayer {
  name: string
  /** What the one is told who forgot the transaction. */
  refusal: RegExp
  open(databaseUrl: string): Promise<OpenLayer>
}

export const dataLayers: readonly DataLayer[] = [
  {
    name: 'node-postgres',
    refusal: /was given a BoundPool, .* client with pool\.connect\(\)/,
    open: nodePostgres,
  },
  { name: 'MikroORM', refusal: /this EntityManager has no open transaction.* em\.transactional/, open: mikroOrm },
  { name: 'Kysely', refusal: /was given a Kysely, .* db\.transaction\(\)\.execute/, open: kysely },
  { name: 'Knex', refusal: /was given the function knex, .* knex\.transaction\(/, open: knexLayer },
  { name: 'Drizzle on node-postgres', refusal: /was given a NodePgDatabase, .* db\.transaction\(/, open: nodeDrizzle },
  { name: 'Drizzle on postgres.js', refusal: /was given a PostgresJsDatabase, .* db\.transaction\(/, open: jsDrizzle },
  {
    name: "Prisma's documented shape",
    refusal: /was given the client itself, .* prisma\.\$transaction\(/,
    open: prisma,
  },
]

const insertOrder = 'insert into fixture.orders (id, code, email, total, city) values ($1, $2, $3, $4, $5)'
const valuesOf = ({ id, code, email, total, city }: Order) => [id, code, email, total, city]

async function nodePostgres(databaseUrl: string): Promise<OpenLayer> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 2 })
  return {
    async transaction(work) {
      const client = await pool.connect()
      try {
        await client.query('begin')
        await work({
          // A PgBouncer older than 1.21 forgets prepared statements between two transactions.
          border: fromNodePostgres(client, { preparedStatements: false }),
          save: (order) => client.query(insertOrder, valuesOf(order)),
        })
        await client.query('commit')
      } catch (error) {
        await client.query('rollback')
        throw error
      } finally {
        client.release()
      }
    },
    // TypeScript refuses it too.
    forget: () => Reflect.apply(fromNodePostgres, null, [pool]),
    close: () => pool.end(),
  }
}

async function mikroOrm(databaseUrl: string): Promise<OpenLayer> {
  const orm = new MikroORM({
    clientUrl: databaseUrl,
    driverOptions: { connectionString: databaseUrl },
    entities: [],
    discovery: { warnWhenNoEntities: false },
    ensureDatabase: false,
  })
  return {
    transaction: (work) =>
      orm.em.fork().transactional((em) =>
        work({
          border: fromMikroOrm(em),
          save: (order) => em.execute(insertOrder.replaceAll(/\$\d/g, '?'), valuesOf(order)),
        }),
      ),
    forget: () => fromMikroOrm(orm.em.fork()),
    close: () => orm.close(),
  }
}

async function kysely(databaseUrl: string): Promise<OpenLayer> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 2 })
  const db = new Kysely<{ 'fixture.orders': Order }>({
    dialect: new PostgresDialect({ pool }),
    plugins: [new CamelCasePlugin()],
  })
  return {
    transaction: (work) =>
      db.transaction().execute((trx) =>
        work({
          border: fromKysely(trx),
          save: (order) => trx.insertInto('fixture.orders').values(order).execute(),
        }),
      ),
    forget: () => fromKysely(db),
    close: () => db.destroy(),
  }
}

async function knexLayer(databaseUrl: string): Promise<OpenLayer> {
  const db = knex({
    client: 'pg',
    connection: databaseUrl,
    pool: { min: 0, max: 2 },
    // As a host does whose code is camelCase; Knex hands it the results of raw statements too.
    postProcessResponse: (result) =>
      Array.isArray(result?.rows) ? { ...result, rows: result.rows.map(inCamelCase) } : result,
  })
  return {
    transaction: (work) =>
      db.transaction((trx) =>
        work({ border: fromKnex(trx), save: (order) => trx.withSchema('fixture').insert(order).into('orders') }),
      ),
    forget: () => fromKnex(db),
    close: () => db.destroy(),
  }
}

function inCamelCase(row: object): object {
  const renamed = (name: string) => name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [renamed(name), value]))
}

const orders = pgSchema('fixture').table('orders', {
  id: bigint({ mode: 'number' }).primaryKey(),
  code: text().notNull(),
  email: text().notNull(),
  total: numeric().notNull(),
  city: text().notNull(),
})

async function nodeDrizzle(databaseUrl: string): Promise<OpenLayer> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 2 })
  const db = drizzleOnNodePostgres({ client: pool })
  return {
    transaction: (work) =>
      db.transaction((tx) => work({ border: fromDrizzle(tx, sql), save: (order) => tx.insert(orders).values(order) })),
    forget: () => fromDrizzle(db, sql),
    close: () => pool.end(),
  }
}

async function jsDrizzle(databaseUrl: string): Promise<OpenLayer> {
  // As behind PgBouncer: nothing prepared, and no look at the types of the database first.
  const client = postgres(databaseUrl, { max: 2, prepare: false, fetch_types: false })
  const db = drizzleOnPostgresJs({ client })
  return {
    transaction: (work) =>
      db.transaction((tx) => work({ border: fromDrizzle(tx, sql), save: (order) => tx.insert(orders).values(order) })),
    forget: () => fromDrizzle(db, sql),
    close: () => client.end(),
  }
}

async function prisma(databaseUrl: string): Promise<OpenLayer> {
  const client = createPrismaShape(databaseUrl)
  return {
    transaction: (work) =>
      client.$transaction((tx) =>
        work({
          border: fromPrisma(tx),
          save: (order) => tx.$queryRawUnsafe(insertOrder, ...valuesOf(order)),
        }),
      ),
    forget: () => fromPrisma(client),
    close: () => client.$disconnect(),
  }
}

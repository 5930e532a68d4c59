// A host in a process of its own: saves orders and fires their signal in its own transactions, through node-postgres and
// through MikroORM in turn, and ends each transaction as its plan says, also by its own SIGKILL between write and commit.
import { MikroORM } from '@mikro-orm/postgresql'
import pg from 'pg'
import { createOutboundSync } from '../../core/outbound-sync.ts'
import { fromMikroOrm } from '../../core/sdk/from-mikro-orm.ts'
import { fromNodePostgres } from '../../core/sdk/from-node-postgres.ts'
import type { TransactionBorder } from '../../core/sdk/transaction.ts'
import { createFixturePlugin, scope } from './fixture-shop.ts'

export interface HostPlan {
  databaseUrl: string
  keyFolder: string
  orders: { id: number; end: TransactionEnd }[]
}

/** `savepoint`: the order is committed, but what fired the signal was rolled back to a savepoint. */
export type TransactionEnd = 'commit' | 'rollback' | 'savepoint' | 'die'

const rolledBack = new Error('rolled back by the host')

// rolled-back-signals.ts is the only caller.
const plan = JSON.parse(process.argv[2] ?? '{}') as HostPlan
const pool = new pg.Pool({ connectionString: plan.databaseUrl, max: 4 })
const orm = new MikroORM({
  clientUrl: plan.databaseUrl,
  driverOptions: { connectionString: plan.databaseUrl },
  entities: [],
  discovery: { warnWhenNoEntities: false },
  ensureDatabase: false,
})
const sync = await createOutboundSync({
  databaseUrl: plan.databaseUrl,
  plugins: [createFixturePlugin(pool)],
  keyFolder: plan.keyFolder,
  logLevel: 'warn',
})
await sync.start()

for (const order of plan.orders) {
  const save = order.id % 2 === 0 ? saveByNodePostgres : saveByMikroOrm
  await save(order).catch((error: unknown) => {
    if (error !== rolledBack) throw error
  })
}
await sync.stop()
await orm.close()
await pool.end()

async function saveByNodePostgres({ id, end }: HostPlan['orders'][number]): Promise<void> {
  const client = await pool.connect()
  try {
    await client.query('begin')
    const border = fromNodePostgres(client)
    await insertOrder(border, id)
    if (end === 'savepoint') await client.query('savepoint before_signal')
    await fire(border, id)
    if (end === 'savepoint') await client.query('rollback to savepoint before_signal')
    endAsPlanned(end)
    await client.query('commit')
  } catch (error) {
    await client.query('rollback')
    throw error
  } finally {
    client.release()
  }
}

async function saveByMikroOrm({ id, end }: HostPlan['orders'][number]): Promise<void> {
  await orm.em.fork().transactional(async (em) => {
    await insertOrder(fromMikroOrm(em), id)
    if (end === 'savepoint') {
      const nested = em.transactional(async (inner) => {
        await fire(fromMikroOrm(inner), id)
        throw rolledBack
      })
      await nested.catch((error: unknown) => {
        if (error !== rolledBack) throw error
      })
    } else await fire(fromMikroOrm(em), id)
    endAsPlanned(end)
  })
}

function endAsPlanned(end: TransactionEnd): void {
  if (end === 'die') process.kill(process.pid, 'SIGKILL')
  if (end === 'rollback') throw rolledBack
}

async function insertOrder(border: TransactionBorder, id: number): Promise<void> {
  await border.executeSql('insert into fixture.orders (id, code, email, total, city) values ($1, $2, $3, 1, $4)', [
    id,
    `B${id}`,
    `buyer${id}@customers.example`,
    'Berlin',
  ])
}

async function fire(transaction: TransactionBorder, id: number): Promise<void> {
  await sync.signals.order_placed.promise({ scope, subjects: [{ model: 'Order', id: String(id) }], transaction })
}

// What we cost the host: 16 writers place orders in transactions of a small shop, with our signal in each and without us,
// in turn. COMMIT is part of a transaction, and fsync is on.
import { randomInt } from 'node:crypto'
import type pg from 'pg'
import { fromNodePostgres } from '../../core/sdk/from-node-postgres.ts'
import { scope } from '../support/fixture-shop.ts'
import type { Bench, BenchShop } from './bench-shop.ts'
import { median, medianRatio, percentile, perSecond, type Row, row } from './rows.ts'
import { forkWorker } from './worker-process.ts'

const writerCount = 16
const customerCount = 300
const itemCount = 20
const sliceMs = 3_000
const sharedSubjects = 3

interface Slice {
  perSecond: number
  p99: number
}

type Signal = 'none' | 'one subject' | 'shared subjects'

export async function measureHostTransactions(bench: Bench): Promise<Row[]> {
  const shop = await bench.openShop({ name: 'host', orderCount: customerCount })
  try {
    await createShop(shop.pool)
    await shop.connect()
    const alone = await takeTurns(shop, bench.roundCount, ['none', 'one subject', 'shared subjects'])
    const worker = await forkWorker(shop)
    await worker.start()
    const withWorker = await takeTurns(shop, Math.min(bench.roundCount, 2), ['none', 'shared subjects']).finally(() =>
      worker.stop(),
    )
    const detail = (slices: Turns, signal: Signal): string =>
      `${perSecond(speeds(slices, signal))} against ${perSecond(speeds(slices, 'none'))}, p99 ${p99(slices, signal).toFixed(0)} ms against ${p99(slices, 'none').toFixed(0)} ms`
    const ratios = (slices: Turns, signal: Signal, name: string): Row[] => [
      row({
        name: `host transactions ${name} / without us`,
        value: medianRatio(speeds(slices, signal), speeds(slices, 'none')),
        atLeast: 0.6,
        detail: `${writerCount} writers; ${detail(slices, signal)}`,
      }),
      row({
        name: `p99 of them ${name} / without us`,
        value: medianRatio(
          slices.get(signal)?.map((slice) => slice.p99) ?? [],
          slices.get('none')?.map((slice) => slice.p99) ?? [],
        ),
        atMost: 2,
        detail: '',
      }),
    ]
    return [
      ...ratios(alone, 'one subject', 'with a signal'),
      ...ratios(alone, 'shared subjects', `with ${1 + sharedSubjects} subjects`),
      row({
        name: 'the same while a worker sends them',
        value: medianRatio(speeds(withWorker, 'shared subjects'), speeds(withWorker, 'none')),
        detail: detail(withWorker, 'shared subjects'),
      }),
      row({
        name: 'deadlocks over random subject order',
        value: await countDeadlocks(shop.pool),
        atMost: 0,
        detail: `${sharedSubjects} of ${customerCount} shared records in each transaction, with and without a worker`,
      }),
    ]
  } finally {
    await shop.close()
  }
}

type Turns = Map<Signal, Slice[]>

const speeds = (turns: Turns, signal: Signal): number[] => turns.get(signal)?.map((slice) => slice.perSecond) ?? []
const p99 = (turns: Turns, signal: Signal): number => median(turns.get(signal)?.map((slice) => slice.p99) ?? [])

async function takeTurns(shop: BenchShop, roundCount: number, signals: readonly Signal[]): Promise<Turns> {
  const turns: Turns = new Map(signals.map((signal) => [signal, []]))
  for (let round = 0; round <= roundCount; round++) {
    for (const signal of signals) {
      const slice = await writeFor(sliceMs, shop, signal)
      if (round > 0) turns.get(signal)?.push(slice)
    }
  }
  return turns
}

async function writeFor(ms: number, shop: BenchShop, signal: Signal): Promise<Slice> {
  const durations: number[] = []
  const endsAt = performance.now() + ms
  const write = async (): Promise<void> => {
    while (performance.now() < endsAt) {
      const startedAt = performance.now()
      await placeOrder(shop, signal)
      durations.push(performance.now() - startedAt)
    }
  }
  await Promise.all(Array.from({ length: writerCount }, write))
  return { perSecond: durations.length / (ms / 1000), p99: percentile(durations, 0.99) }
}

// What a shop does for one order: reads items and customer, writes order, positions, stock and a line of its journal.
async function placeOrder({ pool, sync }: BenchShop, signal: Signal): Promise<void> {
  const client = await pool.connect()
  const run = (name: string, text: string, values: unknown[]) => client.query({ name, text, values })
  const items = [...new Set([randomInt(itemCount), randomInt(itemCount)])].sort((a, b) => a - b)
  try {
    await client.query('begin')
    const { rows: found } = await run('items', 'select id, price from host.item where id = any ($1::int[])', [items])
    await run('customer', 'select id, email from host.customer where id = $1', [randomInt(customerCount)])
    const { rows } = await run('order', 'insert into host.orders (customer_id, total) values ($1, $2) returning id', [
      randomInt(customerCount),
      found.reduce((sum, item) => sum + Number(item.price), 0),
    ])
    const orderId = String(rows[0].id)
    await run('position', 'insert into host.position (order_id, item_id) select $1, unnest($2::int[])', [
      orderId,
      items,
    ])
    await run('journal', `insert into host.journal (order_id, entry) values ($1, 'placed')`, [orderId])
    if (signal !== 'none') {
      const shared = Array.from({ length: sharedSubjects }, () => String(1 + randomInt(customerCount)))
      const own = String(customerCount + Number(orderId))
      const ids = signal === 'one subject' ? [own] : shuffled([...new Set([own, ...shared])])
      await sync.signals.order_placed.promise({
        scope,
        subjects: ids.map((id) => ({ model: 'Order', id })),
        transaction: fromNodePostgres(client),
      })
    }
    await client.query('commit')
  } finally {
    client.release()
  }
}

function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, at: randomInt(1 << 30) }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item)
}

async function createShop(pool: pg.Pool): Promise<void> {
  await pool.query(`
    create schema host;
    create table host.item (id int primary key, price numeric not null);
    insert into host.item select n, 10 + n from generate_series(0, ${itemCount - 1}) n;
    create table host.customer (id int primary key, email text not null);
    insert into host.customer select n, 'buyer' || n || '@customers.example' from generate_series(0, ${customerCount - 1}) n;
    create table host.orders (id bigint generated always as identity primary key, customer_id int not null references host.customer, total numeric not null, at timestamptz not null default now());
    create index on host.orders (customer_id);
    create table host.position (id bigint generated always as identity primary key, order_id bigint not null references host.orders, item_id int not null references host.item);
    create index on host.position (order_id);
    create table host.journal (id bigint generated always as identity primary key, order_id bigint not null references host.orders, entry text not null, at timestamptz not null default now());
    create index on host.journal (order_id);`)
}

async function countDeadlocks(pool: pg.Pool): Promise<number> {
  const { rows } = await pool.query(
    'select deadlocks::int as count from pg_stat_database where datname = current_database()',
  )
  return rows[0].count
}

// Scenario 4: the host's transactions are rolled back, or the host dies between its write and its commit: there are jobs
// and tickets for exactly the orders that were committed.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { scope } from '../support/fixture-shop.ts'
import type { HostPlan, TransactionEnd } from '../support/host-process.ts'
import { createInstance, type Instance } from '../support/instance.ts'
import { createRandom, equals, type Figure, type Random } from '../support/scenario.ts'

const hostCount = 3

export async function rollBackSignals({
  seed,
  transactionCount,
  killCount,
}: {
  seed: number
  transactionCount: number
  killCount: number
}): Promise<Figure[]> {
  const instance = await createInstance({ orderCount: 0 })
  try {
    const plan = planOf(createRandom(seed), transactionCount, killCount)
    const parts = Array.from({ length: hostCount }, (_, part) => plan.filter((_, index) => index % hostCount === part))
    const deaths = await Promise.all(parts.map((orders) => runHosts(instance, orders)))
    const [found] = await instance.rows(
      `select (select count(*)::int from fixture.orders) as orders,
              (select count(*)::int from outbound_sync.sync_job) as jobs,
              (select count(*)::int from outbound_sync.sync_job j
               where not exists (select from fixture.orders o where o.id::text = j.source_id)) as ghosts,
              (select count(*)::int from outbound_sync_boss.job where name = $1) as tickets`,
      [`sync-${instance.connectionId}`],
    )
    const planned = (...ends: TransactionEnd[]) => plan.filter(({ end }) => ends.includes(end)).length
    return [
      equals('hosts killed between write and commit', sum(deaths), killCount),
      equals('orders committed', Number(found?.orders), planned('commit', 'savepoint')),
      equals('jobs: orders committed with their signal', Number(found?.jobs), planned('commit')),
      equals('of them for orders that are not there', Number(found?.ghosts), 0),
      equals('tickets', Number(found?.tickets), planned('commit')),
      equals('fired without a transaction', await fireWithoutTransaction(instance), 'signal_transaction'),
    ]
  } finally {
    await instance.close()
  }
}

/** Half are rolled back, a twentieth of those only to a savepoint; the deaths are spread over all. */
function planOf(random: Random, transactionCount: number, killCount: number): HostPlan['orders'] {
  const orders = Array.from({ length: transactionCount }, (_, index): HostPlan['orders'][number] => {
    const drawn = random()
    return { id: index + 1, end: drawn < 0.5 ? 'commit' : drawn < 0.525 ? 'savepoint' : 'rollback' }
  })
  for (let kill = 0; kill < killCount; ) {
    const order = orders[Math.floor(random() * transactionCount)]
    if (!order || order.end === 'die') continue
    order.end = 'die'
    kill++
  }
  return orders
}

/** As often as a host dies another one goes on behind the transaction that was cut off. */
async function runHosts({ databaseUrl, keyFolder }: Instance, orders: HostPlan['orders']): Promise<number> {
  let deathCount = 0
  for (let rest = orders; rest.length > 0; ) {
    const plan: HostPlan = { databaseUrl, keyFolder, orders: rest }
    const host = fork(join(import.meta.dirname, '../support/host-process.ts'), [JSON.stringify(plan)])
    const [code, signal] = await once(host, 'exit')
    if (code === 0) break
    if (signal !== 'SIGKILL') throw new Error(`A host ended with ${signal ?? code}`)
    deathCount++
    rest = rest.slice(rest.findIndex(({ end }) => end === 'die') + 1)
  }
  return deathCount
}

async function fireWithoutTransaction({ sync }: Instance): Promise<string> {
  const event = { scope, subjects: [{ model: 'Order', id: '1' }] }
  try {
    // What a host in JavaScript could do.
    await sync.signals.order_placed.promise(event as Parameters<typeof sync.signals.order_placed.promise>[0])
    return 'accepted'
  } catch (error) {
    return String(Reflect.get(Object(error), 'code'))
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0)

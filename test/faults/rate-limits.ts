// Scenario 9: the remote refuses one connection's calls for a while and says how long in every form there is, or says
// nonsense. Another connection of the same provider goes on, and two workers must keep to it.
import { lostTickets } from '../support/delivered-figures.ts'
import { scope } from '../support/fixture-shop.ts'
import { createInstance, type Instance, until } from '../support/instance.ts'
import type { Refusal } from '../support/remote-server.ts'
import { atLeast, atMost, equals, type Figure } from '../support/scenario.ts'
import { startWorkerProcess } from '../support/start-worker-process.ts'

const workerCount = 2
/** Calls of one connection at the same time, over all workers. */
const concurrency = 16
const latencyMs = 10
const limitedPath = '/limited/'
const newestGuest = 'Guest of the tenth year'

export interface Form extends Omit<Refusal, 'path' | 'forMs'> {
  name: string
  /** How long the connection must wait: as told, or our own time where nothing was told that can be kept. */
  waitMs: number
}

export function formsOf(waitMs: number): Form[] {
  return [
    { name: '429, seconds', status: 429, tells: 'seconds', waitMs },
    { name: '503, seconds', status: 503, tells: 'seconds', waitMs },
    { name: 'a date by a slow clock', status: 429, tells: 'date', clockIsSlowMs: 3_600_000, waitMs },
  ]
}

/** After the first refusal in a row. */
const ownWaitMs = 30_000

export const formsOfNonsense: readonly Form[] = [
  { name: 'a negative number', status: 429, tells: { words: '-5' }, waitMs: ownWaitMs },
  // Refused once more within a minute, it waits twice as long.
  { name: 'words, soon after', status: 429, tells: { words: 'in a while' }, waitMs: 2 * ownWaitMs },
]

/** The remote goes by whole seconds, a worker looks now and then. */
const latenessMs = 2_500

export async function limitRates({
  orderCount,
  forms,
}: {
  /** Placed anew for each form. */
  orderCount: number
  forms: readonly Form[]
}): Promise<Figure[]> {
  const instance = await createInstance({ orderCount })
  const limited = await addConnection(instance, 'limited')
  await addConnection(instance, 'other')
  await instance.rows(`update outbound_sync.connection set state = 'disabled' where id = $1`, [instance.connectionId])
  const workers = await Promise.all(
    Array.from({ length: workerCount }, () => startWorkerProcess(instance, { leaseSeconds: 30 })),
  )
  const figures: Figure[] = []
  try {
    for (const [round, form] of forms.entries()) {
      await changeEverything(instance, `Guest ${round}`)
      figures.push(...(await refuse(instance, { form, orderCount, limited })))
    }
    figures.push(await refuseForTenYears(instance, { orderCount, limited }))
    const [attempts] = await instance.rows('select max(failed_attempts)::int as failed from outbound_sync.attempt')
    const bodies = [...(await instance.remote.bodies()).values()]
    return [
      ...figures,
      lostTickets(workers),
      equals('failed attempts counted', Number(attempts?.failed), 0),
      equals('objects at the remote', bodies.length, orderCount * 3 * 2),
      equals(
        'of them not the newest',
        bodies.filter(({ attendee = newestGuest }) => attendee !== newestGuest).length,
        0,
      ),
      equals('jobs left', await countJobs(instance), 0),
    ]
  } finally {
    await Promise.all(workers.map((worker) => worker.kill()))
    await instance.close()
  }
}

async function refuse(
  instance: Instance,
  { form, orderCount, limited }: { form: Form; orderCount: number; limited: string },
): Promise<Figure[]> {
  await instance.remote.set({ latencyMs, refusal: { ...form, path: limitedPath, forMs: form.waitMs } })
  const startedAt = performance.now()
  await instance.placeOrders(1, orderCount)
  await until(async () => (await countJobs(instance, limited)) === (await countJobs(instance)), 60_000)
  const othersMs = performance.now() - startedAt
  const leftWhenOthersWereDone = await countJobs(instance, limited)
  await until(async () => (await countJobs(instance)) === 0, form.waitMs + 60_000)
  const { refusedCount, refusalMs } = await instance.remote.counts()
  return [
    atMost(`${form.name}: calls refused`, refusedCount, concurrency + workerCount),
    atLeast(`${form.name}: called again after`, Number(refusalMs) / 1000, form.waitMs / 1000, 's'),
    atMost(`${form.name}: called again after`, Number(refusalMs) / 1000, (form.waitMs * 1.1 + latenessMs) / 1000, 's'),
    atMost(`${form.name}: the other connection was done after`, othersMs / 1000, form.waitMs / 1000, 's'),
    atLeast(`${form.name}: jobs then waiting`, leftWhenOthersWereDone, 1),
  ]
}

// Nobody waits for that: a day is the most, and a person can try at any time.
async function refuseForTenYears(
  instance: Instance,
  { orderCount, limited }: { orderCount: number; limited: string },
): Promise<Figure> {
  await changeEverything(instance, newestGuest)
  await instance.remote.set({
    latencyMs,
    refusal: { path: limitedPath, status: 429, forMs: 3_600_000, tells: { words: '315360000' } },
  })
  await instance.placeOrders(1, orderCount)
  const gate = async () =>
    instance.rows(
      `select extract(epoch from limited_until - now())::float8 / 3600 as hours from outbound_sync.account_gate
       where limited_until > now()`,
    )
  await until(async () => (await gate()).length > 0)
  const [row] = await gate()
  await until(async () => (await countJobs(instance)) === (await countJobs(instance, limited)), 60_000)
  await instance.remote.set({ latencyMs })
  await instance.sync.operations.tryConnectionNow({ connectionId: limited, actor: 'Ann' })
  await until(async () => (await countJobs(instance)) === 0, 60_000)
  return atMost('ten years: waits', Number(row?.hours), 24, 'h')
}

/** So that there is something to send for every object. */
async function changeEverything(instance: Instance, guest: string): Promise<void> {
  await instance.rows('update fixture.positions set attendee = $1', [guest])
  await instance.rows('update fixture.orders set total = total + 1')
}

async function addConnection(instance: Instance, name: string): Promise<string> {
  const { connectionId } = await instance.sync.operations.ensureConnection({
    provider: 'fixture',
    name,
    scope,
    settings: { baseUrl: `${instance.remote.baseUrl}/${name}` },
    actor: 'test',
  })
  return connectionId
}

async function countJobs(instance: Instance, connectionId: string | null = null): Promise<number> {
  const [row] = await instance.rows(
    'select count(*)::int as count from outbound_sync.sync_job where connection_id = coalesce($1, connection_id)',
    [connectionId],
  )
  return Number(row?.count)
}

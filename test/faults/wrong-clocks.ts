// Scenario 13: workers whose clocks are an hour fast or slow, cross the change to summer time, or are set while they wait:
// due times are the database's, so nothing is tried early and nothing is stuck.
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deliveredFigures } from '../support/delivered-figures.ts'
import { createInstance, type Instance, until } from '../support/instance.ts'
import { atLeast, atMost, equals, type Figure } from '../support/scenario.ts'
import { startWorkerProcess, type WorkerProcess } from '../support/start-worker-process.ts'

const libraries = ['x86_64-linux-gnu', 'aarch64-linux-gnu'].map(
  (machine) => `/usr/lib/${machine}/faketime/libfaketimeMT.so.1`,
)

/** libfaketime of Debian's package of that name; without it no worker can be given another clock. */
export function findFakeTime(): string | null {
  return libraries.find((path) => existsSync(path)) ?? null
}

export const fakeTimeMissing = 'libfaketime is missing: apt-get install libfaketime'

/** So long a failed job waits, as its provider says. */
const backoffMs = 2_000

export async function setClocks({
  library,
  orderCount,
  clockNames,
}: {
  library: string | null
  orderCount: number
  /** @default all of them */
  clockNames?: readonly string[]
}): Promise<Figure[]> {
  if (library === null) throw new Error(fakeTimeMissing)
  const folder = await mkdtemp(join(tmpdir(), 'outbound-sync-clock-'))
  const clock = join(folder, 'clock')
  const clocks: { name: string; env: Record<string, string>; step?: string }[] = [
    { name: 'an hour fast', env: { FAKETIME: '+1h' } },
    { name: 'an hour slow', env: { FAKETIME: '-1h' } },
    // Berlin's clocks go from 2:00 to 3:00 at this time.
    { name: 'into summer time', env: { FAKETIME: '@2026-03-29 01:59:58', TZ: 'Europe/Berlin' } },
    { name: 'set an hour ahead', env: { FAKETIME_TIMESTAMP_FILE: clock, FAKETIME_NO_CACHE: '1' }, step: '+1h' },
    { name: 'set an hour back', env: { FAKETIME_TIMESTAMP_FILE: clock, FAKETIME_NO_CACHE: '1' }, step: '-1h' },
  ]
  try {
    const figures: Figure[] = []
    for (const { name, env, step } of clocks.filter(({ name }) => clockNames?.includes(name) ?? true)) {
      await writeFile(clock, '+0')
      const fake = { LD_PRELOAD: library, FAKETIME_DONT_FAKE_MONOTONIC: '1', ...env }
      const found = await runWithClock({ env: fake, orderCount, setClock: step ? () => writeFile(clock, step) : null })
      figures.push(...found.map((figure) => ({ ...figure, figure: `${name}: ${figure.figure}` })))
    }
    return figures
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Some orders fail and wait, too few for the remote to be taken for down; the clock is set meanwhile. */
async function runWithClock({
  env,
  orderCount,
  setClock,
}: {
  env: Record<string, string>
  orderCount: number
  setClock: (() => Promise<void>) | null
}): Promise<Figure[]> {
  const instance = await createInstance({ orderCount })
  const workers: WorkerProcess[] = []
  try {
    await instance.remote.set({ latencyMs: 20, errorShare: 0.1 })
    const start = (fake: Record<string, string>) =>
      startWorkerProcess(instance, { isReconciling: true, leaseSeconds: 5, backoffMs, env: fake })
    const wrong = await start(env)
    workers.push(wrong)
    await instance.placeOrders(1, orderCount)
    // It takes what there is; another one, whose clock is right, helps.
    await until(async () => (await countTried(instance)) > 0)
    workers.push(await start({}))
    await until(async () => (await countTried(instance)) === orderCount)
    await setClock?.()
    const clockMs = await wrong.clockMs()
    await instance.remote.set({})
    const startedAt = performance.now()
    await until(async () => (await instance.rows('select 1 from outbound_sync.sync_job limit 1')).length === 0, 60_000)
    const tookMs = performance.now() - startedAt
    const [gaps] = await instance.rows(
      `select coalesce(min(extract(epoch from second.finished_at - first.finished_at)) * 1000, 0)::float8 as shortest,
              count(*) filter (where first.worker like $1 or second.worker like $1)::int as own
       from outbound_sync.attempt first
       join outbound_sync.attempt second using (connection_id, source_id)
       where first.failed_attempts = 1 and first.outcome = 'retry' and second.id > first.id`,
      [`%/${wrong.pid}/%`],
    )
    const delivered = await deliveredFigures(instance, orderCount)
    return [
      atLeast('its clock is wrong by', Math.abs(Number(clockMs) - Date.now()) / 60_000, 59, 'minutes'),
      atLeast('failures it recorded or retried', Number(gaps?.own), 1),
      atLeast('the shortest wait before a retry', Number(gaps?.shortest) / 1000, backoffMs / 1000, 's'),
      atMost('all arrived after', tookMs / 1000, backoffMs / 1000 + 15, 's'),
      equals('orders missing or not the newest', delivered.filter(({ holds }) => !holds).length, 0),
    ]
  } finally {
    await Promise.all(workers.map((worker) => worker.kill()))
    await instance.close()
  }
}

async function countTried(instance: Instance): Promise<number> {
  const [row] = await instance.rows(`select count(distinct source_id)::int as count from outbound_sync.attempt`)
  return Number(row?.count)
}

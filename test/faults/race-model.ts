// Scenario 5, the queue alone: its real claim, recorder and sweep, with the order of all steps chosen by fast-check. Hosts
// change a record and signal it, workers claim, read and send it, and some of them freeze until their lease is gone.
import fc from 'fast-check'
import type { ClaimedJob } from '../../core/queue/claimed-job.ts'
import { enqueueSubjects } from '../../core/queue/enqueue.ts'
import { createRecorder, type Recorder } from '../../core/queue/recorder.ts'
import { sweep } from '../../core/queue/sweep.ts'
import { createIdentityLeases } from '../../core/sync/leases.ts'
import { jobEnd } from '../support/job-end.ts'
import { quietLog } from '../support/migrated-database.ts'
import { createQueueFixture, eventScope, type QueueFixture } from '../support/queue-fixture.ts'
import { equals, type Figure } from '../support/scenario.ts'

const workers = ['worker-1', 'worker-2'] as const

interface RunState {
  fixture: QueueFixture
  connectionId: string
  id: string
  recorders: Readonly<Record<string, Recorder>>
  /** What the remote holds. */
  sentVersion: number
  sendingCount: number
}

export async function raceModel({ seed, runCount }: { seed: number; runCount: number }): Promise<Figure[]> {
  const fixture = await createQueueFixture()
  try {
    await fixture.rows('create table record_version (id text primary key, version integer not null)')
    const connectionId = await fixture.addConnection()
    const recorders = Object.fromEntries(workers.map((worker) => [worker, recorderOf(fixture, worker)]))
    let count = 0
    const host = fc.record({ kind: fc.constant('signal' as const), isForced: fc.boolean() })
    const visit = fc.record({
      kind: fc.constant('work' as const),
      worker: fc.constantFrom(...workers),
      freezes: fc.boolean(),
    })
    const property = fc.asyncProperty(
      fc.scheduler(),
      fc.array(host, { minLength: 2, maxLength: 4 }),
      fc.array(visit, { minLength: 2, maxLength: 4 }),
      async (scheduler, signals, visits) => {
        const id = String(++count)
        await fixture.rows('insert into record_version values ($1, 0)', [id])
        const run: RunState = { fixture, connectionId, id, recorders, sentVersion: -1, sendingCount: 0 }
        const step = (label: string) => scheduler.schedule(Promise.resolve(), label)
        const tasks = [
          ...signals.map(({ isForced }) => signal(run, isForced, step)),
          ...visits.map(({ worker, freezes }) => work(run, worker, freezes, step)),
        ]
        await scheduler.waitFor(Promise.all(tasks))
        // Whoever comes last finds what is left.
        while ((await fixture.rows('select 1 from outbound_sync.sync_job')).length > 0) {
          await work(run, workers[0], false, async () => undefined)
        }
        const [record] = await fixture.rows('select version from record_version where id = $1', [id])
        if (run.sentVersion !== record?.version) {
          throw new Error(`The remote holds version ${run.sentVersion}, the host ${record?.version}`)
        }
        const leases = await fixture.rows('select key from outbound_sync.lease')
        if (leases.length > 0) throw new Error(`Leases were left: ${JSON.stringify(leases)}`)
      },
    )
    const result = await fc.check(property, { seed, numRuns: runCount, endOnFailure: true })
    return [
      equals('orders of steps tried', result.numRuns, runCount),
      equals('of them that broke a promise', result.failed ? (fc.defaultReportMessage(result) ?? 'some') : '0', '0'),
    ]
  } finally {
    await fixture.close()
  }
}

type Step = (label: string) => Promise<unknown>

async function signal({ fixture, connectionId, id }: RunState, isForced: boolean, step: Step): Promise<void> {
  await step('signal')
  const { database, boss } = fixture
  await database.transaction(async (session) => {
    await session.executeSql('update record_version set version = version + 1 where id = $1', [id])
    await enqueueSubjects({ schema: database.schema, boss }, session, {
      connectionId,
      subjects: [{ model: 'Order', id, scope: eventScope }],
      trigger: { name: 'order_placed' },
      isForced,
    })
  })
}

async function work(run: RunState, worker: string, freezes: boolean, step: Step): Promise<void> {
  const { fixture, connectionId } = run
  await step(`${worker} claims`)
  const ordinary = await fixture.claim(connectionId, { worker })
  const jobs = ordinary.length > 0 ? ordinary : await fixture.claim(connectionId, { worker, lane: 'solo' })
  for (const job of jobs) await send(run, job, worker, freezes, step)
}

async function send(run: RunState, job: ClaimedJob, worker: string, freezes: boolean, step: Step): Promise<void> {
  const { fixture, id } = run
  await step(`${worker} reads`)
  const [record] = await fixture.rows('select version from record_version where id = $1', [id])
  if (!freezes && ++run.sendingCount > 1) throw new Error('Two live workers send the record at the same time')
  await step(`${worker} sends`)
  if (freezes) {
    await fixture.rows(`update outbound_sync.lease set until = now() - interval '1 second' where fence = $1`, [
      job.fence,
    ])
    await sweep(fixture)
    await step(`${worker} wakes up`)
  }
  run.sentVersion = Number(record?.version)
  if (!freezes) run.sendingCount--
  await step(`${worker} records`)
  run.recorders[worker]?.ended(jobEnd(job, { kind: 'succeeded' }))
  await run.recorders[worker]?.drain()
}

function recorderOf({ database, boss }: QueueFixture, worker: string): Recorder {
  const identityLeases = createIdentityLeases({ database, worker, leaseSeconds: 60 })
  return createRecorder({
    database,
    boss,
    identityLeases,
    worker,
    log: quietLog,
    onEnded: () => undefined,
    onClosed: () => undefined,
    onFailing: () => undefined,
  })
}

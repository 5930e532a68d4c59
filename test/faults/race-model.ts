// Scenario 5, the queue alone: its real claim, recorder and sweep, with the order of all steps chosen by fast-check. Hosts
// change a record and signal it, workers claim, read and send it, and some of them freeze until their lease is gone.
import fc from 'fast-check'
import type { ClaimedJob } from '../../core/queue/claimed-job.ts'
import { enqueueSubjects } from '../../core/queue/enqueue.ts'
import { createJobActions } from '../../core/queue/job-actions.ts'
import type { Lane } from '../../core/queue/merge-lines.ts'
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
      fc.array(host, { minLength: 1, maxLength: 3 }),
      fc.array(visit, { minLength: 2, maxLength: 3 }),
      async (scheduler, signals, visits) => {
        const id = String(++count)
        await fixture.rows('insert into record_version values ($1, 0)', [id])
        const run: RunState = { fixture, connectionId, id, recorders, sentVersion: -1, sendingCount: 0 }
        await takeTurns(scheduler, [
          ...signals.map(
            ({ isForced }) =>
              (step: Step) =>
                signal(run, isForced, step),
          ),
          ...visits.map(
            ({ worker, freezes }) =>
              (step: Step) =>
                work(run, worker, freezes, step),
          ),
        ])
        // Whoever comes last finds what is left.
        for (let tries = 0; await retryWhatIsLeft(fixture); tries++) {
          if (tries === 20) throw new Error('A job is never taken')
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
      equals(
        'of them that broke a promise',
        result.failed ? `${String(result.errorInstance)} ${fc.defaultReportMessage(result)}` : '0',
        '0',
      ),
    ]
  } finally {
    await fixture.close()
  }
}

/** False when nothing is left. Who froze each time has been parked and waits for a person. */
async function retryWhatIsLeft({ rows, database, boss }: QueueFixture): Promise<boolean> {
  const left = await rows('select id, state from outbound_sync.sync_job')
  const { retryNow } = createJobActions({ database, boss, wakeUp: () => undefined })
  for (const { id, state } of left) {
    if (state === 'needs_attention') await retryNow({ jobId: String(id), actor: 'Ada' })
  }
  return left.length > 0
}

type Step = (label: string) => Promise<unknown>

// One at a time: whoever was let go on runs until its next step, so that another one can stand still while the database
// answers all others. Left to themselves all would go on as soon as they can, and nobody would ever come late.
async function takeTurns(scheduler: fc.Scheduler, tasks: readonly ((step: Step) => Promise<void>)[]): Promise<void> {
  let runningCount = tasks.length
  let whenAllWait: () => void = () => undefined
  const wait = (): void => {
    if (--runningCount === 0) whenAllWait()
  }
  const step: Step = async (label) => {
    const turn = scheduler.schedule(Promise.resolve(), label)
    wait()
    await turn
    runningCount++
  }
  const letOneGoOn = async (release: () => Promise<void>): Promise<void> => {
    await release()
    // What was released goes on in a microtask.
    await new Promise(setImmediate)
    if (runningCount > 0) await new Promise<void>((resolve) => (whenAllWait = resolve))
  }
  const running = Promise.all(tasks.map((task) => task(step).finally(wait)))
  await scheduler.waitFor(running, letOneGoOn)
}

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
  const claim = async (lane: Lane): Promise<ClaimedJob[]> => {
    // A claim that could not use a ticket gives it back for half a second later.
    await fixture.rows('update outbound_sync_boss.job set start_after = now()')
    return fixture.claim(connectionId, { worker, lane })
  }
  const ordinary = await claim('ordinary')
  const jobs = ordinary.length > 0 ? ordinary : await claim('solo')
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

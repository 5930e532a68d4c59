// The worker of one instance: what sends, what drives the passes over many records, and what the clock starts. They start
// and stop together; what they say goes to the instance's hooks and metrics.
import type { Config } from './config.ts'
import type { Connections } from './connections/connect.ts'
import { messageOf } from './errors.ts'
import { withName } from './log.ts'
import { type Boss, createSchedules, type Schedules } from './queue/boss.ts'
import { enqueueSubjects } from './queue/enqueue.ts'
import { finishedJob } from './queue/finished-job.ts'
import { retryLines } from './queue/line-actions.ts'
import type { createQueueMetrics } from './queue/queue-metrics.ts'
import { startWorker, type Worker } from './queue/worker.ts'
import type { WorkerOptions } from './queue/worker-options.ts'
import type { Catalog } from './registry/catalog.ts'
import type { Hooks } from './registry/create-hooks.ts'
import type { Audits } from './runs/audits.ts'
import { createPreviewSubjects } from './runs/preview-mapping.ts'
import { createRunDriver, type RunDriver } from './runs/run-driver.ts'
import type { Log } from './sdk/log.ts'

type Sending = Pick<
  WorkerOptions,
  'database' | 'connections' | 'activation' | 'http' | 'connectTcp' | 'discoveredTypes' | 'grants' | 'refreshProviders'
>

export interface InstanceWorkerOptions extends Sending {
  boss: Boss
  catalog: Catalog
  connections: Pick<Connections, 'load' | 'objectTypes'>
  audits: Pick<Audits, 'startScheduled'>
  metrics: Pick<ReturnType<typeof createQueueMetrics>, 'observeEnd' | 'observeClockSkew'>
  hooks: Hooks
  wakeUp(): void
  config: Pick<Config, 'schema' | 'bossSchema' | 'logLevel' | 'worker' | 'auditSchedule'>
  log: Log
}

export interface InstanceWorker {
  /** Nothing happens when it runs already. */
  start(): Promise<void>
  stop(): Promise<void>
}

export function createInstanceWorker(options: InstanceWorkerOptions): InstanceWorker {
  const { audits, metrics, hooks, config, log, ...parts } = options
  const { database, boss, catalog, activation, wakeUp } = parts
  const queue = { schema: config.schema, boss }
  let worker: Worker | null = null
  let runDriver: RunDriver | null = null
  let schedules: Schedules | null = null

  // What a host does on a hook is the host's; it stops nothing here.
  function tell(hook: keyof Hooks, call: () => void): void {
    try {
      call()
    } catch (error) {
      log.error({ error: messageOf(error) }, `A tap of ${hook} failed`)
    }
  }

  async function startScheduledAudits(): Promise<void> {
    log.info(await audits.startScheduled(), 'The scheduled audits were started')
  }

  return Object.freeze({
    async start() {
      if (worker) return
      worker = await startWorker({
        ...parts,
        log: withName(log, 'worker'),
        logsCalls: ['debug', 'trace'].includes(config.logLevel),
        ...config.worker,
        onEnded(end) {
          metrics.observeEnd(end)
          tell('jobFinished', () => hooks.jobFinished.call(finishedJob(end)))
        },
        onClockSkew: metrics.observeClockSkew,
        onFailing: (account) => tell('accountFailing', () => hooks.accountFailing.call(account)),
      })
      runDriver = createRunDriver({
        database,
        catalog,
        worker: worker.id,
        activation,
        log: withName(log, 'runs'),
        enqueue: (session, request) => enqueueSubjects(queue, session, request),
        previewSubjects: createPreviewSubjects({ ...parts, log: withName(log, 'runs') }),
        retryLines: (session, request) => retryLines(session, queue, request),
        wakeUp,
        onAuditFinished: (report) => tell('auditFinished', () => hooks.auditFinished.call(report)),
      })
      runDriver.start()
      schedules = createSchedules({
        database,
        schema: config.bossSchema,
        log: withName(log, 'schedule'),
        tasks: [{ name: 'audit', cron: config.auditSchedule, run: startScheduledAudits }],
      })
      await schedules.start()
    },
    async stop() {
      await schedules?.stop()
      await runDriver?.stop()
      await worker?.stop()
      schedules = null
      runDriver = null
      worker = null
    },
  } satisfies InstanceWorker)
}

// Figures for Prometheus: what this process did, and how deep the queue is for everybody.
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Database } from '../database/transaction.ts'
import type { JobEnd } from './record-ends.ts'

export interface QueueMetrics {
  observeEnd(end: Pick<JobEnd, 'outcome' | 'durationMs'>): void
  /** Positive when this machine's clock is ahead of the database's. */
  observeClockSkew(skewMs: number): void
  /** In Prometheus' text format. */
  text(): Promise<string>
}

export function createQueueMetrics({ database }: { database: Database }): QueueMetrics {
  const { schema } = database
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const attempts = new Counter({
    name: 'outbound_sync_attempts_total',
    help: 'Tries of sync jobs in this process, by outcome.',
    labelNames: ['outcome'] as const,
    registers: [registry],
  })
  const duration = new Histogram({
    name: 'outbound_sync_attempt_seconds',
    help: 'Time from the start of its batch to the end of a job.',
    buckets: [0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60],
    registers: [registry],
  })
  const clockSkew = new Gauge({
    name: 'outbound_sync_clock_skew_seconds',
    help: "How far this machine's clock is ahead of the database's, as the worker of this process measures it.",
    registers: [registry],
  })
  new Gauge({
    name: 'outbound_sync_jobs',
    help: 'Jobs in the queue, by state.',
    labelNames: ['state'] as const,
    registers: [registry],
    async collect() {
      const { rows } = await database.executeSql<{ state: string; count: string }>(
        `select state, count(*) from ${schema}.sync_job group by state`,
        [],
      )
      this.reset()
      for (const row of rows) this.set({ state: row.state }, Number(row.count))
    },
  })
  new Gauge({
    name: 'outbound_sync_oldest_due_seconds',
    help: 'Age of the job that is due the longest.',
    registers: [registry],
    async collect() {
      const { rows } = await database.executeSql<{ seconds: number }>(
        `select coalesce(extract(epoch from now() - min(not_before)), 0)::float8 as seconds
         from ${schema}.sync_job where state = 'waiting' and not_before <= now()`,
        [],
      )
      this.set(rows[0]?.seconds ?? 0)
    },
  })

  return Object.freeze({
    observeEnd(end) {
      attempts.inc({ outcome: end.outcome.kind })
      duration.observe(end.durationMs / 1000)
    },
    observeClockSkew: (skewMs) => clockSkew.set(skewMs / 1000),
    text: () => registry.metrics(),
  } satisfies QueueMetrics)
}

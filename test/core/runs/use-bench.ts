// A database, a connection and a driver for the tests of a file, fresh before each test.
import assert from 'node:assert/strict'
import { after, before, beforeEach } from 'node:test'
import type { Database } from '../../../core/database/transaction.ts'
import { type ErrorKind, isErrorKind } from '../../../core/errors.ts'
import { type Backfills, createBackfills } from '../../../core/runs/backfill.ts'
import { createRunDriver, type RunDriver } from '../../../core/runs/run-driver.ts'
import type { RunSummary } from '../../../core/runs/run-report.ts'
import type { SourceModel } from '../../../core/sdk/source-model.ts'
import { createMigratedDatabase, quietLog } from '../../support/migrated-database.ts'
import {
  createBenchTables,
  createEnqueue,
  emptyBench,
  insertConnection,
  playQueue,
  recordModel,
  scope,
} from './run-bench.ts'

export interface Bench {
  database: Database
  connectionId: string
  /** The host's, under the name "Order"; a test may put another in its place at any time. */
  model: SourceModel
  backfills: Backfills
  driver: RunDriver
  wakeUpCount: number
  warnings: string[]
  createDriver(options?: { leaseSeconds?: number; enqueueDelayMs?: number; database?: Database }): RunDriver
  start(changes?: object): Promise<string>
  tick(): Promise<{ activeCount: number }>
  /** Ticks and plays the queue until the run is over. */
  finish(runId: string): Promise<RunSummary>
}

export function useBench(): Bench {
  const signal = new AbortController().signal
  let drop: () => Promise<void>
  const catalog = {
    sourceModel: (name: string) => (name === 'Order' ? bench.model : null),
    sourceModels: () => [bench.model],
  }
  // The rest is there before the first test begins.
  const bench = {
    createDriver: ({ leaseSeconds, enqueueDelayMs, database = bench.database } = {}) =>
      createRunDriver({
        worker: 'test',
        database,
        catalog,
        enqueue: createEnqueue({ delayMs: enqueueDelayMs }),
        wakeUp: () => {
          bench.wakeUpCount += 1
        },
        log: { ...quietLog, warn: (data) => bench.warnings.push(JSON.stringify(data)) },
        leaseSeconds,
      }),
    async start(changes = {}) {
      const request = { connectionId: bench.connectionId, sourceModel: 'Order', scope, actor: 'Ann', ...changes }
      return (await bench.backfills.start(request)).runId
    },
    tick: () => bench.driver.tick(signal),
    async finish(runId) {
      for (let round = 0; round < 50; round += 1) {
        await bench.tick()
        const report = await bench.backfills.report(runId)
        if (['finished', 'stopped', 'failed'].includes(report.state)) return report
        await playQueue(bench.database)
      }
      throw new Error(`Not over: ${JSON.stringify(await bench.backfills.report(runId))}`)
    },
  } as Bench

  before(async () => {
    const migrated = await createMigratedDatabase()
    drop = migrated.drop
    bench.database = migrated.database
    await createBenchTables(bench.database)
    bench.backfills = createBackfills({ database: bench.database, catalog })
  })
  after(() => drop())
  beforeEach(async () => {
    await emptyBench(bench.database)
    bench.connectionId = await insertConnection(bench.database)
    bench.model = recordModel(bench.database)
    bench.wakeUpCount = 0
    bench.warnings = []
    bench.driver = bench.createDriver()
  })
  return bench
}

export function rejects(work: Promise<unknown>, kind: ErrorKind, message: RegExp): Promise<void> {
  return assert.rejects(work, (error) => {
    assert.ok(isErrorKind(error, kind) && error instanceof Error, String(error))
    assert.match(error.message, message)
    return true
  })
}

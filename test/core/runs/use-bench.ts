// A database, a connection and a driver for the tests of a file, fresh before each test.
import assert from 'node:assert/strict'
import { after, before, beforeEach } from 'node:test'
import { createMappings, type Mappings } from '../../../core/connections/mappings.ts'
import type { Database } from '../../../core/database/transaction.ts'
import { type ErrorKind, isErrorKind } from '../../../core/errors.ts'
import type { Boss } from '../../../core/queue/boss.ts'
import { retryLines } from '../../../core/queue/line-actions.ts'
import type { Catalog } from '../../../core/registry/catalog.ts'
import type { AuditReport } from '../../../core/runs/audit-report.ts'
import { type Audits, createAudits } from '../../../core/runs/audits.ts'
import { type Backfills, createBackfills } from '../../../core/runs/backfill.ts'
import { type BulkActions, createBulkActions } from '../../../core/runs/bulk-actions.ts'
import { createImpacts, type Impacts } from '../../../core/runs/impacts.ts'
import type { PreviewSubjects } from '../../../core/runs/run-dependencies.ts'
import { createRunDriver, type RunDriver } from '../../../core/runs/run-driver.ts'
import type { RunSummary } from '../../../core/runs/run-report.ts'
import type { SourceModel } from '../../../core/sdk/source-model.ts'
import { createMigratedDatabase, quietLog } from '../../support/migrated-database.ts'
import {
  createBenchTables,
  createEnqueue,
  createPreview,
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
  /** Further ones, under their own names. */
  otherModels: readonly SourceModel[]
  backfills: Backfills
  driver: RunDriver
  bulkActions: BulkActions
  audits: Audits
  impacts: Impacts
  /** In the place of the sync's own. */
  previewSubjects: PreviewSubjects
  mappings: Mappings
  /** Tickets inserted, by connection. */
  tickets: Pick<Boss, 'insertTickets'> & { counts: Map<string, number> }
  audited: AuditReport[]
  wakeUpCount: number
  warnings: string[]
  createDriver(options?: {
    leaseSeconds?: number
    enqueueDelayMs?: number
    database?: Database
    /** A scope in which the connection's plugin is switched off; on everywhere else. */
    switchedOff?: string
  }): RunDriver
  start(changes?: object): Promise<string>
  tick(): Promise<{ activeCount: number }>
  /** Ticks and plays the queue until the run is over. */
  finish(runId: string): Promise<RunSummary>
}

export function useBench(): Bench {
  const signal = new AbortController().signal
  let drop: () => Promise<void>
  const sourceModel = (name: string) =>
    name === 'Order' ? bench.model : (bench.otherModels.find((model) => model.name === name) ?? null)
  const catalog = {
    sourceModel,
    sourceModels: () => [bench.model, ...bench.otherModels],
    sourceModelOf: sourceModel,
    provider: () => null,
  }
  // The rest is there before the first test begins.
  const bench = {
    createDriver: ({ leaseSeconds, enqueueDelayMs, database = bench.database, switchedOff } = {}) =>
      createRunDriver({
        worker: 'test',
        database,
        catalog: switchedOff === undefined ? catalog : { ...catalog, provider: () => samplePlugin },
        activation: { rows: async () => switches(switchedOff) },
        enqueue: createEnqueue({ delayMs: enqueueDelayMs }),
        previewSubjects: (request) => bench.previewSubjects(request),
        retryLines: (session, request) =>
          retryLines(session, { schema: database.schema, boss: bench.tickets }, request),
        onAuditFinished: (report) => bench.audited.push(report),
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
    const { database } = bench
    bench.backfills = createBackfills({ database, catalog })
    bench.bulkActions = createBulkActions({ database })
    bench.audits = createAudits({ database, catalog, log: quietLog })
    bench.mappings = createMappings({ database })
    bench.impacts = createImpacts({ database, catalog, mappings: bench.mappings })
  })
  after(() => drop())
  beforeEach(async () => {
    await emptyBench(bench.database)
    bench.connectionId = await insertConnection(bench.database)
    bench.model = recordModel(bench.database)
    bench.otherModels = []
    bench.previewSubjects = createPreview()
    bench.tickets = countTickets()
    bench.audited = []
    bench.wakeUpCount = 0
    bench.warnings = []
    bench.driver = bench.createDriver()
  })
  return bench
}

// What the driver reads of a catalog's provider.
const samplePlugin = { plugin: { name: 'crm', level: 'event' } } as ReturnType<Catalog['provider']>

const switches = (switchedOff: string | undefined) =>
  [
    { scope: '', isActive: true },
    { scope: switchedOff ?? 'nowhere', isActive: false },
  ].map((one) => ({ ...one, changedBy: 'test', changedAt: new Date() }))

function countTickets(): Bench['tickets'] {
  const counts = new Map<string, number>()
  return {
    counts,
    async insertTickets(_session, connectionId, delaysMs) {
      counts.set(connectionId, (counts.get(connectionId) ?? 0) + delaysMs.length)
    },
  }
}

export function rejects(work: Promise<unknown>, kind: ErrorKind, message: RegExp): Promise<void> {
  return assert.rejects(work, (error) => {
    assert.ok(isErrorKind(error, kind) && error instanceof Error, String(error))
    assert.match(error.message, message)
    return true
  })
}

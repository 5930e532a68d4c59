import assert from 'node:assert/strict'
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { ImpactReport } from '../../../core/runs/impact-report.ts'
import { insertRecords } from './run-bench.ts'
import { useBench } from './use-bench.ts'

describe('the driver of impacts', () => {
  const bench = useBench()

  async function reportWhen(runId: string, isAsWished: (report: ImpactReport) => boolean): Promise<ImpactReport> {
    const endsAt = performance.now() + 60_000
    while (true) {
      const report = await bench.impacts.report(runId)
      if (isAsWished(report)) return report
      if (performance.now() > endsAt) throw new Error(`Not in time. The run is ${JSON.stringify(report)}`)
      await delay(10)
    }
  }

  it('counts every record once when its process is killed again and again', async (t) => {
    const recordCount = 4_000
    await insertRecords(bench.database, recordCount)
    const { connectionId } = bench
    const document = [
      {
        ...{ key: 'deals', sourceModel: 'Order', externalObjectType: 'deal' },
        ...{ sourceIdField: 'order_code', externalIdField: 'code', propertyMappings: [] },
      },
    ]
    await bench.mappings.saveDraft({ connectionId, revision: null, document, actor: 'Ann' })
    const { runId } = await bench.impacts.start({ connectionId, actor: 'Ann' })
    const startProcess = async (): Promise<ChildProcess> => {
      const file = fileURLToPath(new URL('./run-driver-process.ts', import.meta.url))
      const child = fork(file, [bench.database.databaseUrl, '60'])
      await once(child, 'message')
      return child
    }
    let child: ChildProcess | null = null
    const progress: number[] = []
    try {
      for (let kill = 1; kill <= 4; kill += 1) {
        child = await startProcess()
        const { checkedCount: before } = await bench.impacts.report(runId)
        await reportWhen(runId, ({ checkedCount }) => checkedCount > before)
        // Now in a page, now between two.
        await delay(35 * kill)
        child.kill('SIGKILL')
        await once(child, 'exit')
        progress.push((await bench.impacts.report(runId)).checkedCount)
      }
      child = await startProcess()
      const { figures } = await reportWhen(runId, ({ state }) => state === 'finished')
      const tenth = recordCount / 10
      assert.deepEqual(figures.records, {
        ...{ sends: 6 * tenth, nothing_to_do: tenth, skipped: tenth, waiting: tenth, failed: tenth },
        ...{ gone: 0, plugin_off: 0 },
      })
      assert.deepEqual(
        figures.causes.map(({ count }) => count),
        [tenth, tenth, tenth],
      )
      const { rows } = await bench.database.executeSql<{ count: number }>(
        'select count(*)::int as count from outbound_sync.run_entry where run_id = $1',
        [runId],
      )
      assert.equal(rows[0]?.count, 8 * tenth)
    } finally {
      child?.kill('SIGKILL')
    }
    t.diagnostic(`looked at when killed: ${progress.join(', ')}`)
    assert.ok(progress.filter((count) => count < recordCount).length >= 3, 'it was killed while at work')
  })
})

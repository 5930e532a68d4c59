import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { clockSkewMs, createClockWatch } from '../../../core/queue/clock-skew.ts'
import { createQueueMetrics } from '../../../core/queue/queue-metrics.ts'
import { createMigratedDatabase, quietLog } from '../../support/migrated-database.ts'

describe('the clock of the machine', () => {
  it('is wrong by what the journey cannot explain', () => {
    assert.equal(clockSkewMs({ askedAt: 1000, databaseAt: 1500, answeredAt: 2000 }), 0)
    assert.equal(clockSkewMs({ askedAt: 100_000, databaseAt: 30_000, answeredAt: 100_010 }), 70_000)
    assert.equal(clockSkewMs({ askedAt: 100_000, databaseAt: 170_010, answeredAt: 100_010 }), -70_000)
  })

  it('is told when it goes wrong and when it is right again, once each', () => {
    const said: string[] = []
    const skews: number[] = []
    const log = {
      ...quietLog,
      warn: (_data: object, message: string) => void said.push(`warn ${message}`),
      info: (_data: object, message: string) => void said.push(`info ${message}`),
    }
    const watch = createClockWatch({ log, onSkew: (skewMs) => void skews.push(skewMs) })
    for (const aheadMs of [0, 59_000, 61_000, 3_600_000, -3_600_000, 0, 0]) {
      watch({ askedAt: 10_000_000 + aheadMs, databaseAt: 10_000_000, answeredAt: 10_000_000 + aheadMs })
    }
    assert.deepEqual(
      said.map((text) => text.slice(0, 4)),
      ['warn', 'info'],
    )
    assert.deepEqual(skews, [0, 59_000, 61_000, 3_600_000, -3_600_000, 0, 0])
  })

  it('is a figure for Prometheus', async () => {
    const { database, drop } = await createMigratedDatabase()
    const metrics = createQueueMetrics({ database })
    metrics.observeClockSkew(-90_000)
    assert.match(await metrics.text(), /^outbound_sync_clock_skew_seconds -90$/m)
    await drop()
  })
})

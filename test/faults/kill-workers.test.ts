import { it } from 'node:test'
import { assertScenario } from '../support/scenario.ts'
import { killWorkers } from './kill-workers.ts'

it('workers that are killed lose no order, double no object, and send again no more than was under way', (t) =>
  assertScenario(t, (seed) =>
    killWorkers({ seed, orderCount: 600, workerCount: 2, killCount: 6, latencyMs: 40, quietMs: 500 }),
  ))

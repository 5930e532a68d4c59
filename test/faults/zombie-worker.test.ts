import { it } from 'node:test'
import { assertScenario } from '../support/scenario.ts'
import { freezeWorkers } from './zombie-worker.ts'

it('a worker that was frozen in a call and wakes up late is refused, and the newest state is sent once more', (t) =>
  assertScenario(t, () => freezeWorkers({ roundCount: 1 })))

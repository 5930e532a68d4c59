import { it } from 'node:test'
import { assertScenario } from '../support/scenario.ts'
import { restartRolling } from './rolling-restarts.ts'

it('a rolling restart ends every call, hands back the rest, and breaks no page', (t) =>
  assertScenario(t, (seed) => restartRolling({ seed, orderCount: 120, restartCount: 2, drainSeconds: 2 })))

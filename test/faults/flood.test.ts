import { it } from 'node:test'
import { assertScenario } from '../support/scenario.ts'
import { flood } from './flood.ts'

it('a flood of one tenant keeps neither another tenant nor the host waiting', (t) =>
  assertScenario(t, () => flood({ signalCount: 10_000, orderCount: 500, spreadSeconds: 0, seconds: 60, addedMs: 250 })))

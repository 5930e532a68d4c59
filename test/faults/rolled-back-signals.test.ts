import { it } from 'node:test'
import { assertScenario } from '../support/scenario.ts'
import { rollBackSignals } from './rolled-back-signals.ts'

it('signals of transactions that were rolled back, or whose host died, leave no job and no ticket', (t) =>
  assertScenario(t, (seed) => rollBackSignals({ seed, transactionCount: 150, killCount: 3 })))

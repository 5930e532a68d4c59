import { it } from 'node:test'
import { assertScenario } from '../support/scenario.ts'
import { raceForOneOrder } from './race-for-one-order.ts'

it('bursts for one order are sent by one worker at a time, in few syncs, and end in its newest state', (t) =>
  assertScenario(t, () => raceForOneOrder({ orderCount: 20 })))

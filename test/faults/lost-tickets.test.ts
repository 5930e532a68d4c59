import { it } from 'node:test'
import { assertScenario } from '../support/scenario.ts'
import { loseTickets } from './lost-tickets.ts'

it('orders whose tickets are all deleted arrive', (t) =>
  assertScenario(t, () => loseTickets({ orderCount: 200, waitedSeconds: 60 })))

import { it } from 'node:test'
import { assertScenario } from '../support/scenario.ts'
import { poisonOrders } from './poison-orders.ts'

it('orders that throw or end their workers are parked, and all others arrive', (t) =>
  assertScenario(t, () => poisonOrders({ orderCount: 100, latencyMs: 20, poisons: ['throws', 'exits'], slowdown: 60 })))

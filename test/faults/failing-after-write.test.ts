import { it } from 'node:test'
import { assertScenario } from '../support/scenario.ts'
import { failAfterWrite } from './failing-after-write.ts'

it('writes that were carried out and reported failed double nothing and lose nothing', (t) =>
  assertScenario(t, () => failAfterWrite({ orderCount: 100, searchLagMs: 10_000 })))

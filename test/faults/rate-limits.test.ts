import { it } from 'node:test'
import { assertScenario } from '../support/scenario.ts'
import { formsOf, limitRates } from './rate-limits.ts'

it('a remote that refuses is called again when it said, by no worker earlier', (t) =>
  assertScenario(t, () => limitRates({ orderCount: 60, forms: formsOf(8_000) })))

import { it } from 'node:test'
import { assertScenario } from '../support/scenario.ts'
import { raceModel } from './race-model.ts'

it('however signals, workers and frozen workers take turns, one sends at a time and the newest version wins', (t) =>
  assertScenario(t, (seed) => raceModel({ seed, runCount: 150 })))

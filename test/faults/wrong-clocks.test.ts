import { it } from 'node:test'
import { assertScenario } from '../support/scenario.ts'
import { fakeTimeMissing, findFakeTime, setClocks } from './wrong-clocks.ts'

const library = findFakeTime()

it(
  'workers with wrong clocks try nothing early and leave nothing behind',
  {
    skip: library === null && fakeTimeMissing,
  },
  (t) =>
    assertScenario(t, () => setClocks({ library, orderCount: 40, clockNames: ['an hour fast', 'set an hour back'] })),
)

import { it } from 'node:test'
import { assertScenario } from '../support/scenario.ts'
import { findFakeTime, setClocks } from './wrong-clocks.ts'

const library = findFakeTime()

it(
  'workers with wrong clocks try nothing early and leave nothing behind',
  {
    skip: library ? false : 'libfaketime is missing: apt-get install libfaketime',
  },
  (t) =>
    assertScenario(t, () =>
      setClocks({ library: library ?? '', orderCount: 40, clockNames: ['an hour fast', 'set an hour back'] }),
    ),
)

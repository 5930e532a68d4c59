import { it } from 'node:test'
import { assertScenario } from '../support/scenario.ts'
import { rotateUnderLoad } from './rotate-keys.ts'

it('the keys are rotated under load, also after a SIGKILL halfway, and no sync fails', (t) =>
  assertScenario(t, (seed) => rotateUnderLoad({ seed, connectionCount: 40, workerCount: 2, savedCount: 10 })))

import { it } from 'node:test'
import { assertScenario } from '../support/scenario.ts'
import { silenceDatabase } from './silent-database.ts'

it('a database that comes late, and connections that fall silent, are waited for and left', (t) =>
  assertScenario(t, () => silenceDatabase({ startDelaySeconds: 2, silentSeconds: 3 })))

import { it } from 'node:test'
import { assertScenario } from '../support/scenario.ts'
import { stopPostgres } from './stopped-postgres.ts'

it('PostgreSQL that is killed and comes back ends no process and loses nothing', (t) =>
  assertScenario(t, (seed) => stopPostgres({ seed, orderCount: 400, killCount: 2, outagesSeconds: [0, 3] })))

// `npm run test:soak`: every scenario with its full figures, one after the other, then a table: scenario, figure, bar,
// verdict. Ends with 1 when a bar is missed. Names given as arguments choose scenarios; FAULT_SEED repeats a run.
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmbeddedPostgres } from '../../core/database/embedded-postgres.ts'
import { chooseSeed, type Figure } from '../support/scenario.ts'
import { failAfterWrite } from './failing-after-write.ts'
import { flood } from './flood.ts'
import { killWorkers } from './kill-workers.ts'
import { loseTickets } from './lost-tickets.ts'
import { poisonOrders } from './poison-orders.ts'
import { raceForOneOrder } from './race-for-one-order.ts'
import { raceModel } from './race-model.ts'
import { formsOf, formsOfNonsense, limitRates } from './rate-limits.ts'
import { rollBackSignals } from './rolled-back-signals.ts'
import { restartRolling } from './rolling-restarts.ts'
import { rotateUnderLoad } from './rotate-keys.ts'
import { silenceDatabase } from './silent-database.ts'
import { stopPostgres } from './stopped-postgres.ts'
import { findFakeTime, setClocks } from './wrong-clocks.ts'
import { freezeWorkers } from './zombie-worker.ts'

const scenarios: Readonly<Record<string, (seed: number) => Promise<Figure[]>>> = {
  '1-kill-workers': (seed) =>
    killWorkers({ seed, orderCount: 10_000, workerCount: 3, killCount: 50, latencyMs: 10, quietMs: 15_000 }),
  '2-stopped-postgres': (seed) =>
    stopPostgres({ seed, orderCount: 6_000, killCount: 20, outagesSeconds: [0, 0, 0, 30] }),
  '3-silent-database': () => silenceDatabase({ startDelaySeconds: 20, silentSeconds: 30 }),
  '4-rolled-back-signals': (seed) => rollBackSignals({ seed, transactionCount: 1_000, killCount: 50 }),
  '5-race-for-one-order': () => raceForOneOrder({ orderCount: 200 }),
  '5-race-model': (seed) => raceModel({ seed, runCount: 1_000 }),
  '6-zombie-worker': () => freezeWorkers({ roundCount: 5 }),
  '7-failing-after-write': () => failAfterWrite({ orderCount: 1_000, searchLagMs: 5_000 }),
  '8-poison-orders': () =>
    poisonOrders({
      orderCount: 1_000,
      latencyMs: 400,
      poisons: ['throws', 'exits', 'eats memory', 'spins'],
      slowdown: 1.5,
    }),
  '9-rate-limits': () => limitRates({ orderCount: 500, forms: [...formsOf(15_000), ...formsOfNonsense] }),
  '12-rolling-restarts': (seed) => restartRolling({ seed, orderCount: 5_000, restartCount: 10, drainSeconds: 25 }),
  '13-wrong-clocks': () => setClocks({ library: findFakeTime(), orderCount: 200 }),
  '14-flood': () => flood({ signalCount: 100_000, orderCount: 5_000, spreadSeconds: 50, seconds: 60, addedMs: 5 }),
  '14-flood-at-once': () =>
    flood({ signalCount: 100_000, orderCount: 5_000, spreadSeconds: 0, seconds: 60, addedMs: 20 }),
  '23-rotate-keys': (seed) => rotateUnderLoad({ seed, connectionCount: 1_000, workerCount: 2, savedCount: 100 }),
  'lost-tickets': () => loseTickets({ orderCount: 1_000, waitedSeconds: 0 }),
}

interface Row extends Figure {
  scenario: string
}

const given = process.argv.slice(2)
const unknown = given.filter((name) => !Object.hasOwn(scenarios, name))
if (unknown.length > 0) {
  process.stderr.write(`There is no scenario ${unknown.join(', ')}. There are: ${Object.keys(scenarios).join(', ')}.\n`)
  process.exit(2)
}

const seed = chooseSeed()
const dataFolder = await mkdtemp(join(tmpdir(), 'outbound-sync-soak-'))
// As root the server runs as another user, who must be able to enter the folder.
await chmod(dataFolder, 0o711)
const server = await startEmbeddedPostgres({ dataFolder, settings: { max_connections: '300' } })
process.env.TEST_DATABASE_URL = server.databaseUrl
const rows: Row[] = []
try {
  for (const [scenario, run] of Object.entries(scenarios)) {
    if (given.length > 0 && !given.includes(scenario)) continue
    process.stderr.write(`${scenario}, seed ${seed} ...\n`)
    rows.push(...(await figuresOf(run)).map((figure) => ({ scenario, ...figure })))
  }
} finally {
  await server.release()
  await rm(dataFolder, { recursive: true, force: true })
}
print(rows)
const missedCount = rows.filter(({ holds }) => !holds).length
process.stdout.write(
  missedCount > 0 ? `\n${missedCount} of ${rows.length} bars missed.\n` : `\nAll ${rows.length} bars held.\n`,
)
process.exitCode = missedCount > 0 ? 1 : 0

// One scenario that breaks off does not keep the others from being seen.
async function figuresOf(run: (seed: number) => Promise<Figure[]>): Promise<Figure[]> {
  try {
    return await run(seed)
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
    return [
      {
        figure: 'ran to its end',
        value: error instanceof Error ? error.message : String(error),
        bar: 'yes',
        holds: false,
      },
    ]
  }
}

function print(rows: readonly Row[]): void {
  const cells = rows.map(({ scenario, figure, value, bar, holds }) => [
    scenario,
    figure,
    value,
    bar,
    holds ? 'held' : 'MISSED',
  ])
  const table = [['scenario', 'figure', 'value', 'bar', 'verdict'], ...cells]
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...table.map((row) => (row[column] ?? '').length)))
  const lines = table.map((row) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`)
  lines.splice(1, 0, `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`)
  process.stdout.write(`seed ${seed}\n\n${lines.join('\n')}\n`)
}

// Scenario 23: the keys are rotated, master key and data key, while workers send and people save settings. One rotation is
// killed with SIGKILL halfway, the next one goes on; in the end the old master key is taken out of the configuration.
import { type ChildProcess, execFile, fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import pg from 'pg'
import { createOutboundSync } from '../../core/outbound-sync.ts'
import { until } from '../support/instance.ts'
import { createMigratedDatabase } from '../support/migrated-database.ts'
import { atLeast, createRandom, equals, type Figure } from '../support/scenario.ts'
import { scope, startTokensRemote, tokensPlugin } from '../support/tokens-plugin.ts'
import type { TokensProcess } from '../support/tokens-process.ts'

const run = promisify(execFile)
const newKey = (): string => randomBytes(32).toString('base64')

export interface RotateKeys {
  seed: number
  connectionCount: number
  workerCount: number
  /** Connections whose token is changed while the keys are rotated. */
  savedCount: number
}

export async function rotateUnderLoad({
  seed,
  connectionCount,
  workerCount,
  savedCount,
}: RotateKeys): Promise<Figure[]> {
  const random = createRandom(seed)
  const [oldMaster, newMaster] = [newKey(), newKey()]
  const both = [newMaster, oldMaster]
  const { databaseUrl, drop } = await createMigratedDatabase()
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 4 })
  const remote = await startTokensRemote()
  const children = new Set<ChildProcess>()
  const start = async (secretKeys: readonly string[], killAfter: number | null = null): Promise<ChildProcess> => {
    const options: TokensProcess = { databaseUrl, secretKeys, origin: remote.baseUrl, killAfter }
    const child = fork(join(import.meta.dirname, '../support/tokens-process.ts'), [JSON.stringify(options)])
    children.add(child)
    await Promise.race([once(child, 'message'), once(child, 'exit')])
    return child
  }
  const openSync = async (secretKeys: string[]) => {
    const options = { egressAllow: [new URL(remote.baseUrl).host], logLevel: 'silent' as const }
    const sync = await createOutboundSync({ databaseUrl, plugins: [tokensPlugin], secretKeys, ...options })
    await sync.start()
    return sync
  }
  const save = async (sync: Awaited<ReturnType<typeof openSync>>, account: number, token: string) => {
    const name = `account-${account}`
    // The one before is accepted too: a call may be under way with it.
    remote.tokens.set(name, [token, ...(remote.tokens.get(name) ?? [])])
    const settings = { baseUrl: remote.baseUrl, account: name, token }
    await sync.operations.ensureConnection({ provider: 'tokens', name, scope, settings, actor: 'test' })
  }

  let sync = await openSync([oldMaster])
  let isRotating = true
  let placing: Promise<void> | undefined
  try {
    let next = 1
    const saveAll = async (): Promise<void> => {
      while (next <= connectionCount) await save(sync, next++, `first-${randomBytes(12).toString('hex')}`)
    }
    await Promise.all(Array.from({ length: 8 }, saveAll))
    await sync.stop()
    const before = await readKeys(pool)

    // As a deployment does it: first every process knows both master keys.
    sync = await openSync(both)
    await Promise.all(Array.from({ length: workerCount }, () => start(both)))
    let noteCount = 0
    placing = (async () => {
      while (isRotating) {
        noteCount += 1
        const subjects = [{ model: 'Note', id: String(noteCount) }]
        await sync.signals.order_placed.promise({ scope, subjects, transaction: 'none' })
        await delay(200)
        await until(async () => !isRotating || (await openJobs(pool)) < connectionCount / 4, 120_000)
      }
    })()
    await until(() => remote.accepted.length > 0)

    // Batches are of ten, and at least one of them has to be left.
    const killAfter = Math.ceil(connectionCount * (0.2 + 0.5 * random()))
    const killed = await start(both, killAfter)
    const halfway = await readKeys(pool)
    const saved = new Set<string>()
    const saving = (async () => {
      for (let index = 0; index < savedCount; index++) {
        const account = 1 + Math.floor(random() * connectionCount)
        saved.add(`account-${account}`)
        await save(sync, account, `second-${randomBytes(12).toString('hex')}`)
      }
    })()
    // The command itself, as an operator runs it.
    const rotation = await run(process.execPath, ['core/main.ts', 'keys', 'rotate'], {
      cwd: join(import.meta.dirname, '../..'),
      env: { ...process.env, DATABASE_URL: databaseUrl, OUTBOUND_SYNC_KEY: both.join(',') },
    })
    await saving
    // A worker that never saw the old keys goes on with the work.
    await start([newMaster])
    isRotating = false
    await placing
    await until(async () => (await openJobs(pool)) === 0, 300_000)
    const after = await readKeys(pool)
    const { rows: outcomes } = await pool.query(
      `select coalesce(string_agg(distinct outcome || ' ' || coalesce(message, ''), '; '), 'none') as failures
       from outbound_sync.attempt where outcome <> 'succeeded'`,
    )
    const moved = [...after.changedAt].filter(([name, at]) => !saved.has(name) && before.changedAt.get(name) !== at)
    const says = (words: RegExp): string => (words.test(rotation.stdout) ? 'yes' : rotation.stdout)
    const arrivedCount = new Set(remote.accepted).size
    return [
      equals('values sealed before', before.valueCount, connectionCount),
      equals('first rotation ended by', String(killed.signalCode), 'SIGKILL'),
      equals('values it had sealed anew', halfway.onCurrentCount, Math.ceil(killAfter / 10) * 10),
      atLeast('values left to the next run', halfway.valueCount - halfway.onCurrentCount, 1),
      equals('the next run says that it went on', says(/had been cut off; this one has finished it/), 'yes'),
      equals('it says that the old master key can go', says(/Nothing in the database needs the master key/), 'yes'),
      equals('values on another key than the current one', after.valueCount - after.onCurrentCount, 0),
      equals('master keys that data keys are wrapped with', after.masterCount, 1),
      equals('connections whose time of change was moved', moved.length, 0),
      atLeast(`syncs of ${connectionCount} connections`, arrivedCount, connectionCount),
      equals('syncs that did not arrive', noteCount * connectionCount - arrivedCount, 0),
      equals('calls with a wrong token', remote.refused.length, 0),
      equals('failed syncs', String(outcomes[0].failures), 'none'),
    ]
  } finally {
    isRotating = false
    await Promise.allSettled([placing])
    for (const child of children) child.kill('SIGKILL')
    await sync.stop()
    await pool.end()
    await remote.close()
    await drop()
  }
}

interface Keys {
  valueCount: number
  onCurrentCount: number
  masterCount: number
  /** By the connection's name. */
  changedAt: Map<string, string>
}

async function readKeys(pool: pg.Pool): Promise<Keys> {
  const { rows } = await pool.query(
    `select c.name, c.updated_at::text as changed_at, count(*)::int as values,
            count(*) filter (where starts_with(one.value, 'v2.' || current.id || '.'))::int as on_current
     from outbound_sync.connection c
     cross join lateral jsonb_each_text(c.credentials) as one
     cross join (select id from outbound_sync.data_key where state = 'current') as current
     group by c.id`,
  )
  const masters = await pool.query('select distinct master_key_id from outbound_sync.data_key')
  return {
    valueCount: rows.reduce((sum, row) => sum + row.values, 0),
    onCurrentCount: rows.reduce((sum, row) => sum + row.on_current, 0),
    masterCount: masters.rows.length,
    changedAt: new Map(rows.map((row) => [row.name, row.changed_at])),
  }
}

async function openJobs(pool: pg.Pool): Promise<number> {
  const { rows } = await pool.query('select count(*)::int as count from outbound_sync.sync_job')
  return rows[0].count
}

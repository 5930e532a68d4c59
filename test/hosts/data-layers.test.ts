// Every data layer a host may have, on PostgreSQL itself and through PgBouncer in transaction mode.
import { describe } from 'node:test'
import { createOutboundSync } from '../../core/index.ts'
import { findPgBouncer, startPgBouncer } from '../bench/pgbouncer.ts'
import { createFixturePlugin } from '../support/fixture-shop.ts'
import { createInstance } from '../support/instance.ts'
import { carefulPlugin, type Shop, testDataLayers } from './test-data-layers.ts'

async function openDirectly(): Promise<Shop> {
  const instance = await createInstance({ plugins: [carefulPlugin] })
  return { instance, sync: instance.sync, databaseUrl: instance.databaseUrl, close: instance.close }
}

async function openThrough(program: string): Promise<Shop> {
  const instance = await createInstance({ plugins: [carefulPlugin] })
  const bouncer = await startPgBouncer({ program, databaseUrl: instance.databaseUrl })
  const { databaseUrl } = bouncer
  const sync = await createOutboundSync({
    databaseUrl,
    preparedStatements: false,
    plugins: [createFixturePlugin(instance.pool), carefulPlugin],
    keyFolder: instance.keyFolder,
    egressAllow: [`127.0.0.1:${instance.remote.port}`],
    workerPollIntervalMs: 100,
    logLevel: 'silent',
  })
  await sync.start()
  return {
    instance,
    sync,
    databaseUrl,
    async close() {
      await sync.stop()
      await bouncer.stop()
      await instance.close()
    },
  }
}

describe('a host on PostgreSQL', () => testDataLayers(openDirectly))

const program = await findPgBouncer()
const missing = 'pgbouncer is not installed; on Debian: apt-get install pgbouncer'
describe('a host behind PgBouncer in transaction mode', { skip: program === null && missing }, () =>
  testDataLayers(() => openThrough(program ?? missing)),
)

// What a worker is started with: the parts it drives, its bounds, and whom it tells what has happened.
import type { Activation } from '../connections/activation.ts'
import type { Connections } from '../connections/connect.ts'
import type { DiscoveredTypes } from '../connections/discovered-types.ts'
import type { ConnectionGrants } from '../connections/grants.ts'
import type { Database } from '../database/transaction.ts'
import type { HttpSender } from '../http/http-client.ts'
import type { Catalog } from '../registry/catalog.ts'
import type { FailingAccount } from '../registry/create-hooks.ts'
import type { ConnectTcp } from '../sdk/connect-tcp.ts'
import type { Log } from '../sdk/log.ts'
import type { Boss } from './boss.ts'
import type { JobEnd } from './record-ends.ts'

export interface WorkerOptions {
  database: Database
  boss: Boss
  catalog: Pick<
    Catalog,
    'provider' | 'providers' | 'providerVersions' | 'sourceModel' | 'sourceModels' | 'pluginOfModel'
  >
  connections: Pick<Connections, 'load'>
  activation: Pick<Activation, 'rows'>
  /** Learns of providers that were made meanwhile, unless it has just done so. */
  refreshProviders?(): Promise<void>
  http: HttpSender
  connectTcp: ConnectTcp
  discoveredTypes: DiscoveredTypes
  grants: ConnectionGrants
  log: Log
  /** Every call to a remote is logged. */
  logsCalls: boolean
  /** Calls at the same time in this process. */
  concurrency: number
  batchSize: number
  pollIntervalMs: number
  leaseSeconds: number
  drainSeconds: number
  onEnded?(end: JobEnd): void
  onFailing?(account: FailingAccount): void
  /** Measured with every renewal of the leases; positive when this machine's clock is ahead of the database's. */
  onClockSkew?(skewMs: number): void
}

// What connections need to call out: a client that may reach loopback, and the grants of this process.

import { createDiscoveredTypes } from '../../core/connections/discovered-types.ts'
import { createConnectionGrants } from '../../core/connections/grants.ts'
import type { Database, SqlSession } from '../../core/database/transaction.ts'
import { createConnectTcp } from '../../core/http/connect-tcp.ts'
import { createEgressGuard } from '../../core/http/egress-guard.ts'
import { createHttpClient } from '../../core/http/http-client.ts'
import { cancelWaitingJobs } from '../../core/queue/cancel-waiting-jobs.ts'
import type { DataKeys } from '../../core/secrets/data-keys.ts'
import { quietLog } from './migrated-database.ts'

export function connectionParts({
  database,
  dataKeys,
  allow = ['127.0.0.1'],
}: {
  database: Database
  dataKeys: DataKeys
  allow?: readonly string[]
}) {
  const egressGuard = createEgressGuard({ allow })
  return {
    cancelWaiting: (session: SqlSession, request: Parameters<typeof cancelWaitingJobs>[2]) =>
      cancelWaitingJobs(session, database.schema, request),
    connectTcp: createConnectTcp({ egressGuard }),
    http: createHttpClient({ egressGuard, userAgent: 'outbound-sync-test' }),
    grants: createConnectionGrants({ database, dataKeys, log: quietLog }),
    discoveredTypes: createDiscoveredTypes(),
    log: quietLog,
  }
}

// Which submitted batches are to be asked for their answer now. One worker asks: a lease decides, and a batch that was
// answered between two looks is left alone.
import { gateInForce } from '../connections/connection-gates.ts'
import type { Database, SqlSession } from '../database/transaction.ts'
import { releaseLeases } from '../sync/leases.ts'
import type { HeldObject } from './hold-submitted.ts'

export interface DueBatch {
  localBatchId: string
  remoteBatchId: string
  connectionId: string
  provider: string
  providerVersion: string
  failedChecks: number
  /** It had its time: asked once more, then given up. */
  hasExpired: boolean
  objects: readonly HeldObject[]
}

/** Of one connection, asked at the same time by one worker. */
const checksPerConnection = 4

export const checkLeaseKey = (localBatchId: string): string => `check/${localBatchId}`

export async function takeDueBatches(
  database: Database,
  request: {
    worker: string
    leaseSeconds: number
    /** Providers that can be asked. */
    loaded: readonly { identifier: string; version: string }[]
    /** Connections this worker is asking already. */
    busyConnections: readonly string[]
  },
): Promise<DueBatch[]> {
  const { schema } = database
  const { worker, leaseSeconds, loaded } = request
  return database.transaction(async (session) => {
    const { rows: won } = await session.executeSql<{ key: string }>(
      `insert into ${schema}.lease (key, worker, until, fence)
       select 'check/' || due.local_batch_id, $3, now() + make_interval(secs => $4), nextval('${schema}.fence')
       from ${schema}.connection c
       join unnest($1::text[], $2::text[]) as loaded (provider, provider_version) using (provider, provider_version)
       ${gateInForce(schema)}
       cross join lateral (
         select local_batch_id from ${schema}.batch_request
         where connection_id = c.id and state in ('sent_to_remote', 'ongoing') and check_at <= now()
         order by check_at limit ${checksPerConnection}) due
       where c.state = 'active' and gate.gate = 'open' and c.id <> all ($5::uuid[])
       order by 1
       on conflict do nothing returning key`,
      [
        loaded.map((provider) => provider.identifier),
        loaded.map((provider) => provider.version),
        worker,
        leaseSeconds,
        request.busyConnections,
      ],
    )
    if (won.length === 0) return []
    const keys = won.map((row) => row.key)
    const batches = await loadDueBatches(session, schema, keys)
    const due = new Set(batches.map((batch) => checkLeaseKey(batch.localBatchId)))
    await releaseLeases(session, schema, { keys: keys.filter((key) => !due.has(key)), worker })
    return batches
  })
}

async function loadDueBatches(session: SqlSession, schema: string, keys: readonly string[]): Promise<DueBatch[]> {
  const { rows } = await session.executeSql<{
    local_batch_id: string
    remote_batch_id: string
    connection_id: string
    provider: string
    provider_version: string
    failed_checks: number
    has_expired: boolean
    objects: HeldObject[]
  }>(
    `select b.local_batch_id, b.remote_batch_id, b.connection_id, c.provider, c.provider_version, b.failed_checks,
            coalesce(b.expires_at <= now(), false) as has_expired, b.objects
     from unnest($1::text[]) as won (key)
     join ${schema}.batch_request b on b.local_batch_id = split_part(won.key, '/', 2)::uuid
     join ${schema}.connection c on c.id = b.connection_id
     where b.state in ('sent_to_remote', 'ongoing') and b.check_at <= now()`,
    [keys],
  )
  return rows.map((row) => ({
    localBatchId: row.local_batch_id,
    remoteBatchId: row.remote_batch_id,
    connectionId: row.connection_id,
    provider: row.provider,
    providerVersion: row.provider_version,
    failedChecks: row.failed_checks,
    hasExpired: row.has_expired,
    objects: row.objects.toSorted((a, b) => a.position - b.position),
  }))
}

// The connections as pages see them: what they are called, for whom they are, and whether they may send.
import type { SqlSession } from '../database/transaction.ts'
import type { Catalog } from '../registry/catalog.ts'

export interface ConnectionRecord {
  id: string
  name: string
  provider: string
  providerVersion: string
  /** What the provider calls itself, else its identifier. */
  providerName: string
  scope: string
  state: 'active' | 'disabled' | 'deleted'
  gate: 'open' | 'paused' | 'reconnect' | 'limited' | 'breaker'
  gateUntil: Date | null
  gateReason: string | null
  lastSuccessAt: Date | null
  createdAt: Date
}

interface Row {
  id: string
  name: string
  provider: string
  provider_version: string
  scope: string
  state: ConnectionRecord['state']
  gate: ConnectionRecord['gate']
  gate_until: Date | null
  gate_reason: string | null
  last_success_at: Date | null
  created_at: Date
}

/** All connections that were not deleted, by name; a shop has hundreds at most. */
export async function loadConnections(
  session: SqlSession,
  { schema, catalog }: { schema: string; catalog: Pick<Catalog, 'provider'> },
): Promise<readonly ConnectionRecord[]> {
  const { rows } = await session.executeSql<Row>(
    `select id, name, provider, provider_version, scope, state, gate, gate_until, gate_reason, last_success_at, created_at
     from ${schema}.connection where state <> 'deleted' order by lower(name), id`,
  )
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    provider: row.provider,
    providerVersion: row.provider_version,
    providerName: catalog.provider(row.provider, row.provider_version)?.provider.displayName || row.provider,
    scope: row.scope,
    state: row.state,
    gate: row.gate,
    gateUntil: row.gate_until,
    gateReason: row.gate_reason,
    lastSuccessAt: row.last_success_at,
    createdAt: row.created_at,
  }))
}

/** Nothing of the connection's own keeps it from sending; the same as isOpen in queue-list.ts, which asks in SQL. */
export function isOpen(
  { state, gate, gateUntil }: Pick<ConnectionRecord, 'state' | 'gate' | 'gateUntil'>,
  now: Date,
): boolean {
  return state === 'active' && (gate === 'open' || (gateUntil !== null && gateUntil.getTime() <= now.getTime()))
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** True for what can be the id of a connection or of a run; anything else would be an error of the database. */
export function isUuid(text: string | undefined): text is string {
  return text !== undefined && uuid.test(text)
}

/** True for what can be the id of a job or an attempt. */
export function isRowId(text: string | undefined): text is string {
  return text !== undefined && /^\d{1,18}$/.test(text)
}

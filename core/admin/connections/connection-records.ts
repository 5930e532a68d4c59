// The connections as pages see them: what they are called, for whom they are, and whether they may send.
import { type ConnectionGate, gateInForce } from '../../connections/connection-gates.ts'
import type { SqlSession } from '../../database/transaction.ts'
import type { Catalog } from '../../registry/catalog.ts'

export interface ConnectionRecord {
  id: string
  name: string
  provider: string
  providerVersion: string
  /** What the provider calls itself, else its identifier. */
  providerName: string
  scope: string
  state: 'draft' | 'active' | 'disabled' | 'deleted'
  gate: ConnectionGate
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

/** All connections that are made and not deleted, by name; a shop has hundreds at most. */
export async function loadConnections(
  session: SqlSession,
  options: { schema: string; catalog: Pick<Catalog, 'provider'> },
): Promise<readonly ConnectionRecord[]> {
  return loadInState(session, options, ['active', 'disabled'])
}

/** Those that somebody has begun and not finished. */
export async function loadDrafts(
  session: SqlSession,
  options: { schema: string; catalog: Pick<Catalog, 'provider'> },
): Promise<readonly ConnectionRecord[]> {
  return loadInState(session, options, ['draft'])
}

async function loadInState(
  session: SqlSession,
  { schema, catalog }: { schema: string; catalog: Pick<Catalog, 'provider'> },
  states: readonly ConnectionRecord['state'][],
): Promise<readonly ConnectionRecord[]> {
  const { rows } = await session.executeSql<Row>(
    `select c.id, c.name, c.provider, c.provider_version, c.scope, c.state, gate.gate, gate.gate_until, gate.gate_reason,
            c.last_success_at, c.created_at
     from ${schema}.connection c ${gateInForce(schema)}
     where c.state = any($1) order by lower(c.name), c.id`,
    [states],
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

/** Nothing of the connection's own keeps it from sending; queue/line-filters.ts asks the same in SQL. */
export function isOpen(
  { state, gate, gateUntil }: Pick<ConnectionRecord, 'state' | 'gate' | 'gateUntil'>,
  now: Date,
): boolean {
  if (state !== 'active') return false
  // An open breaker lets a single probe through when its time comes; everything else goes on waiting.
  return gate === 'open' || (gate !== 'breaker' && gateUntil !== null && gateUntil.getTime() <= now.getTime())
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

// Which connections have work that may be sent now: gates, loaded provider versions and plugin activation are judged
// here, at the claim. A gated connection's tickets are not fetched and its rows not touched.
import { type ConnectionGate, gateInForce } from '../connections/connection-gates.ts'
import type { SqlSession } from '../database/transaction.ts'
import { priorities } from './job-states.ts'

export interface DueConnection {
  id: string
  provider: string
  providerVersion: string
  accountKey: string
  /** Scopes with a due job. */
  scopes: string[]
  /** Scopes with a due job that has to go alone. */
  soloScopes: string[]
  /** The account's breaker is open, and a single job may try whether the remote is back. */
  isProbe: boolean
  /** When this was asked, by performance.now(). */
  lookedAt: number
  /** Just after an outage: how many jobs of it a process may hold. Null: as many as it likes. */
  mostOpen: number | null
}

/** One that may not send now. */
export interface GatedConnection {
  id: string
  accountKey: string
  gate: Exclude<ConnectionGate, 'open'>
}

export interface DueLook {
  due: DueConnection[]
  gated: GatedConnection[]
}

/** After an outage the calls grow from one: twice as many each second, for so long. */
const rampSeconds = 10

export async function findDueConnections(
  session: SqlSession,
  schema: string,
  loaded: readonly { identifier: string; version: string }[],
): Promise<DueLook> {
  const lookedAt = performance.now()
  const { rows } = await session.executeSql<{
    id: string
    provider: string
    provider_version: string
    account_key: string
    gate: ConnectionGate
    is_probe: boolean
    most_open: number | null
    scopes: string[] | null
    solo_scopes: string[] | null
  }>(
    // The recursion walks the index from scope to scope, so its cost is the number of scopes and not of jobs.
    `select c.id, c.provider, c.provider_version, c.account_key, gate.gate, may.is_probe, due.scopes,
            solo.scopes as solo_scopes,
            case when account.recovered_at > now() - interval '${rampSeconds} seconds'
                 then power(2, floor(extract(epoch from now() - account.recovered_at)))::int end as most_open
     from ${schema}.connection c
     join unnest($1::text[], $2::text[]) as loaded (provider, provider_version) using (provider, provider_version)
     ${gateInForce(schema)}
     cross join lateral (select gate.gate = 'breaker' and account.breaker_probe_at <= now() as is_probe) may
     cross join lateral (
       with recursive step as (
         (select scope from ${schema}.sync_job
          where connection_id = c.id and state = 'waiting' and (gate.gate = 'open' or may.is_probe)
          order by scope limit 1)
         union all
         select (select j.scope from ${schema}.sync_job j
                 where j.connection_id = c.id and j.state = 'waiting' and j.scope > step.scope
                 order by j.scope limit 1)
         from step where step.scope is not null
       )
       select array_agg(step.scope) as scopes from step
       cross join lateral (
         select from unnest($3::smallint[]) as level (priority)
         cross join lateral (
           select from ${schema}.sync_job j
           where j.connection_id = c.id and j.scope = step.scope and j.priority = level.priority
             and j.state = 'waiting' and j.not_before <= now() and not j.solo
           order by j.not_before, j.id limit 1) one
         limit 1) first
       where step.scope is not null
     ) due
     cross join lateral (
       select array_agg(distinct j.scope) as scopes from ${schema}.sync_job j
       where j.connection_id = c.id and j.solo and j.state = 'waiting' and j.not_before <= now()
         and (gate.gate = 'open' or may.is_probe)
     ) solo
     where c.state = 'active' and (due.scopes is not null or solo.scopes is not null or gate.gate <> 'open')`,
    [loaded.map((provider) => provider.identifier), loaded.map((provider) => provider.version), priorities],
  )
  return {
    due: rows.flatMap((row) =>
      row.scopes === null && row.solo_scopes === null
        ? []
        : {
            id: row.id,
            provider: row.provider,
            providerVersion: row.provider_version,
            accountKey: row.account_key,
            scopes: row.scopes ?? [],
            soloScopes: row.solo_scopes ?? [],
            isProbe: row.is_probe,
            lookedAt,
            mostOpen: row.most_open,
          },
    ),
    gated: rows.flatMap(({ id, gate, account_key }) => (gate === 'open' ? [] : { id, accountKey: account_key, gate })),
  }
}

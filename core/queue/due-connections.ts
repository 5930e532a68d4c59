// Which connections have work that may be sent now: gates, loaded provider versions and plugin activation are judged
// here, at the claim. A gated connection's tickets are not fetched and its rows not touched.
import type { SqlSession } from '../database/transaction.ts'

export interface DueConnection {
  id: string
  provider: string
  providerVersion: string
  accountKey: string
  /** Scopes with a due job. */
  scopes: string[]
  /** Scopes with a due job that has to go alone. */
  soloScopes: string[]
}

export async function findDueConnections(
  session: SqlSession,
  schema: string,
  loaded: readonly { identifier: string; version: string }[],
): Promise<DueConnection[]> {
  const { rows } = await session.executeSql<{
    id: string
    provider: string
    provider_version: string
    account_key: string
    scopes: string[] | null
    solo_scopes: string[] | null
  }>(
    // The recursion walks the index from scope to scope, so its cost is the number of scopes and not of jobs.
    `select c.id, c.provider, c.provider_version, c.account_key, due.scopes, solo.scopes as solo_scopes
     from ${schema}.connection c
     join unnest($1::text[], $2::text[]) as loaded (provider, provider_version) using (provider, provider_version)
     cross join lateral (
       with recursive step as (
         (select scope from ${schema}.sync_job
          where connection_id = c.id and state = 'waiting' order by scope limit 1)
         union all
         select (select j.scope from ${schema}.sync_job j
                 where j.connection_id = c.id and j.state = 'waiting' and j.scope > step.scope
                 order by j.scope limit 1)
         from step where step.scope is not null
       )
       select array_agg(step.scope) as scopes from step
       cross join lateral (
         select from ${schema}.sync_job j
         where j.connection_id = c.id and j.scope = step.scope and j.state = 'waiting' and j.not_before <= now()
           and not j.solo
         limit 1) first
       where step.scope is not null
     ) due
     cross join lateral (
       select array_agg(distinct j.scope) as scopes from ${schema}.sync_job j
       where j.connection_id = c.id and j.solo and j.state = 'waiting' and j.not_before <= now()
     ) solo
     where c.state = 'active' and (due.scopes is not null or solo.scopes is not null)
       and (c.gate = 'open' or (c.gate = 'limited' and c.gate_until <= now()))`,
    [loaded.map((provider) => provider.identifier), loaded.map((provider) => provider.version)],
  )
  return rows.map((row) => ({
    id: row.id,
    provider: row.provider,
    providerVersion: row.provider_version,
    accountKey: row.account_key,
    scopes: row.scopes ?? [],
    soloScopes: row.solo_scopes ?? [],
  }))
}

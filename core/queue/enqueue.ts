// The step after the host's signal: jobs and tickets in one statement, in the caller's transaction. It only inserts: a
// unique upsert of a customer that two orders share would make the host's transactions wait for each other.
import type { SqlSession } from '../database/transaction.ts'
import type { SignalPayload } from '../sdk/signals.ts'
import type { Boss } from './boss.ts'
import { livePriority, type Priority } from './job-states.ts'

export interface EnqueueDependencies {
  schema: string
  boss: Boss
}

/** One provider, or all of a kind. */
export type EnqueuedFor = { provider: string } | { definitionKind: string }

/** A connection of the provider that was asked for, when no job was written. */
export interface ConnectionPassed {
  name: string
  scope: string
  state: 'draft' | 'active' | 'disabled'
}

const fewConnections = 5

/**
 * Jobs for every active connection of the provider, or of the providers of a kind, on the path of the event's scope, except
 * the one it came from.
 * @returns `passed`: a few connections of the provider, those on the path first, when there was no job to write
 */
export async function enqueueEvent(
  { schema, boss }: EnqueueDependencies,
  session: SqlSession,
  request: EnqueuedFor & {
    event: SignalPayload
    triggeredBy: string
    notBefore?: Date | undefined
    stream?: string | undefined
    traceId?: string | undefined
  },
): Promise<{ enqueuedCount: number; passed: ConnectionPassed[] }> {
  const { event } = request
  // Read here and not kept anywhere: a definition that was published a moment ago counts.
  const [wanted, isWanted] =
    'provider' in request
      ? [request.provider, 'c.provider = $1']
      : [request.definitionKind, `c.provider in (select identifier from ${schema}.provider_definition where kind = $1)`]
  const subjects = [...event.subjects].sort((a, b) => compareText(a.model, b.model) || compareText(a.id, b.id))
  // Dates, JSON and numbers go as texts, the only way in which the data layers of hosts do not differ (TransactionBorder).
  const isOnPath = `(c.scope = '' or c.scope = $2 or starts_with($2, c.scope || '/'))`
  const { rows } = await session.executeSql<{ state: ConnectionPassed['state'] | null; name: string; scope: string }>(
    `with job as (
       insert into ${schema}.sync_job
         (connection_id, scope, source_model, source_id, stream, not_before, triggers, changes, source_version, trace_id)
       select c.id, $2, subject.model, subject.id, $5, coalesce($6::text::timestamptz, now()),
              jsonb_build_array(jsonb_strip_nulls(jsonb_build_object('name', $7::text, 'at', now(), 'actor', $8::text))),
              $9::text::jsonb, $10::text::bigint, $11::text
       from ${schema}.connection c
       cross join unnest($3::text[], $4::text[]) as subject (model, id)
       where ${isWanted} and c.state = 'active' and c.id is distinct from $12::text::uuid and ${isOnPath}
       returning connection_id, not_before
     ),
     ticket as (${boss.ticketsFrom('select connection_id, greatest(not_before, now()) as due_at from job')})
     select null as state, null as name, null as scope from job
     union all
     (select c.state, c.name, c.scope from ${schema}.connection c
      where not exists (select from job) and ${isWanted} and c.state <> 'deleted'
      order by ${isOnPath} desc, c.name limit ${fewConnections})`,
    [
      wanted,
      event.scope,
      subjects.map((subject) => subject.model),
      subjects.map((subject) => subject.id),
      request.stream ?? '',
      request.notBefore?.toISOString() ?? null,
      request.triggeredBy.slice(0, 128),
      event.actor?.name ?? null,
      JSON.stringify(event.changes ?? []),
      event.version?.toString() ?? null,
      request.traceId ?? null,
      event.origin ?? null,
    ],
  )
  const passed = rows.flatMap(({ state, name, scope }) => (state === null ? [] : { state, name, scope }))
  return { enqueuedCount: rows.length - passed.length, passed }
}

/** Jobs for one connection, asked for by a person or a sync run. */
export async function enqueueSubjects(
  { schema, boss }: EnqueueDependencies,
  session: SqlSession,
  request: {
    connectionId: string
    subjects: readonly { model: string; id: string; scope: string; stream?: string }[]
    trigger: { name: string; actor?: string; run?: string }
    /** @default live */
    priority?: Priority
    /** Send even what has not changed. @default false */
    isForced?: boolean
  },
): Promise<{ enqueuedCount: number }> {
  if (request.subjects.length === 0) return { enqueuedCount: 0 }
  const { rows } = await session.executeSql(
    `insert into ${schema}.sync_job (connection_id, scope, source_model, source_id, stream, triggers, priority, force)
     select c.id, subject.scope, subject.model, subject.id, subject.stream,
            jsonb_build_array(jsonb_strip_nulls(
              jsonb_build_object('name', $6::text, 'at', now(), 'actor', $7::text, 'run', $8::text))),
            $9, $10
     from ${schema}.connection c
     cross join unnest($2::text[], $3::text[], $4::text[], $5::text[]) as subject (scope, model, id, stream)
     where c.id = $1 and c.state not in ('draft', 'deleted')
     returning id`,
    [
      request.connectionId,
      request.subjects.map((subject) => subject.scope),
      request.subjects.map((subject) => subject.model),
      request.subjects.map((subject) => subject.id),
      request.subjects.map((subject) => subject.stream ?? ''),
      request.trigger.name.slice(0, 128),
      request.trigger.actor ?? null,
      request.trigger.run ?? null,
      request.priority ?? livePriority,
      request.isForced ?? false,
    ],
  )
  await boss.insertTickets(
    session,
    request.connectionId,
    rows.map(() => 0),
  )
  return { enqueuedCount: rows.length }
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

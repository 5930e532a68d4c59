// What happened to the records: every try with its outcome and its objects, oldest first.
import type { Database } from '../database/transaction.ts'
import type { Subject } from '../sdk/signals.ts'

/** What one try did with one object. An object that was up to date already is not listed. */
export interface TestObject {
  mapping: string
  objectType: string
  idValue: string | null
  /** `created`, `updated`, `found`, `deleted`, `submitted`, `skipped` or `failed`. */
  action: string
  remoteId: string | null
  /** The properties that were handed to the provider, by external field. */
  sent: Readonly<Record<string, unknown>> | null
  /** The free keys of the provider's result. */
  answered: unknown
  message: string | null
  href: string | null
}

/** One try of a record at a connection. */
export interface TestAttempt {
  subject: Subject
  connectionId: string
  /** `succeeded`, `nothing_to_do`, `retry`, `rate_limited`, `reconnect`, `permanent` ...: core/README.md has all. */
  outcome: string
  message: string | null
  /** Failures that count against the provider's `maxAttempts`, this one included. */
  failedAttempts: number
  triggers: readonly string[]
  objects: readonly TestObject[]
}

export async function readAttempts(
  database: Database,
  { id = null, connectionId = null }: { id?: string | null | undefined; connectionId?: string | null | undefined },
): Promise<TestAttempt[]> {
  const { schema } = database
  const { rows } = await database.executeSql<{
    source_model: string
    source_id: string
    connection_id: string
    outcome: string
    message: string | null
    failed_attempts: number
    triggers: readonly { name: string }[]
    objects: readonly TestObject[]
  }>(
    `select a.source_model, a.source_id, a.connection_id, a.outcome, a.message, a.failed_attempts, a.triggers,
            coalesce((
              select jsonb_agg(jsonb_build_object('mapping', o.mapping_key, 'objectType', o.object_type,
                'idValue', o.id_value, 'action', o.action, 'remoteId', o.remote_id, 'sent', o.sent,
                'answered', o.answered, 'message', o.message, 'href', o.href) order by o.id)
              from ${schema}.attempt_object o where o.attempt_id = a.id), '[]') as objects
     from ${schema}.attempt a
     where ($1::text is null or a.source_id = $1) and ($2::uuid is null or a.connection_id = $2)
     order by a.finished_at, a.id`,
    [id, connectionId],
  )
  return rows.map((row) => ({
    subject: { model: row.source_model, id: row.source_id },
    connectionId: row.connection_id,
    outcome: row.outcome,
    message: row.message,
    failedAttempts: row.failed_attempts,
    triggers: row.triggers.map(({ name }) => name),
    objects: row.objects,
  }))
}

// The host has made a copy of a scope: the connections of the old one itself, not those it inherits, are begun in the new one,
// in the host's own transaction. They are drafts without credentials, so nothing is sent by them before somebody has filled
// those in; with their mapping, whose fields are translated when that person gets to it and the new scope can be read.
import { randomUUID } from 'node:crypto'
import { toMissingTables } from '../database/missing-tables.ts'
import type { Database, SqlSession } from '../database/transaction.ts'
import { writeAuditEntry } from '../database/write-audit-entry.ts'
import { OutboundSyncError } from '../errors.ts'
import type { Catalog } from '../registry/catalog.ts'
import { secretSettings } from '../sdk/secret.ts'
import { type ScopeCopiedSignal, type ScopeCopy, scopeCopySchema } from '../sdk/signals.ts'
import { issueSentences } from '../sdk/zod-words.ts'
import { insertMappingDraft } from './connection-mappings.ts'
import { connectionSchema } from './connection-schema.ts'

export interface ScopeCopiedOptions {
  database: Database
  catalog: Pick<Catalog, 'provider'>
}

export function createScopeCopied({ database, catalog }: ScopeCopiedOptions): ScopeCopiedSignal {
  return Object.freeze({
    async promise(event: ScopeCopy): Promise<void> {
      const { transaction, ...given } = event
      const parsed = scopeCopySchema.safeParse(given)
      if (!parsed.success) {
        const problems = issueSentences(parsed.error.issues, { whole: 'the event', input: given })
        throw refused('event', `The event of the signal scope_copied is not valid. Correct it: ${problems.join('; ')}.`)
      }
      if (parsed.data.from === parsed.data.to) {
        throw refused(
          'event',
          `The signal scope_copied names ${JSON.stringify(parsed.data.from)} as the old scope and the new one.`,
        )
      }
      const copy = (session: SqlSession) =>
        copyConnections(session, { schema: database.schema, catalog, ...parsed.data })
      if (transaction === 'none') return database.transaction(copy)
      if (typeof transaction?.executeSql !== 'function') {
        throw refused(
          'transaction',
          "The signal scope_copied was fired without the transaction that the copy is made in. Pass its border (fromMikroOrm(em), fromNodePostgres(client), ...), or transaction: 'none'.",
        )
      }
      await copy({
        async executeSql<Row>(text: string, values?: readonly unknown[]) {
          const { rows } = await transaction.executeSql(text, values ?? []).catch((error: unknown) => {
            throw toMissingTables(error, database.schema)
          })
          // The statement beside the call names these columns.
          return { rows: rows as Row[] }
        },
      })
    },
  })
}

const refused = (what: 'event' | 'transaction', message: string) => new OutboundSyncError(`signal_${what}`, message)

interface CopiedRow {
  provider: string
  version: string
  name: string
  settings: string
  document: string | null
}

// Through the host's own data layer: columns are one lower-case word, values are texts.
async function copyConnections(
  session: SqlSession,
  {
    schema,
    catalog,
    from,
    to,
    actor,
  }: { schema: string; from: string; to: string; actor?: ScopeCopy['actor'] } & Pick<ScopeCopiedOptions, 'catalog'>,
): Promise<void> {
  const by = actor ? `${actor.name} (${actor.id})` : 'the host'
  const { rows } = await session.executeSql<CopiedRow>(
    `select c.provider, c.provider_version as version, c.name, c.settings::text as settings, m.document::text as document
     from ${schema}.connection c
     left join lateral (
       select document from ${schema}.mapping_version
       where connection_id = c.id and published_at is not null order by version desc limit 1
     ) m on true
     where c.scope = $1 and c.state in ('active', 'disabled') order by c.provider, c.name`,
    [from],
  )
  for (const { provider, version, name, settings, document } of rows) {
    const id = randomUUID()
    const { rows: made } = await session.executeSql(
      // Told twice, it is made once.
      `insert into ${schema}.connection
         (id, provider, provider_version, scope, name, account_key, state, settings, copied_from)
       values ($1::uuid, $2, $3, $4, $5, $6, 'draft', $7::jsonb, $8)
       on conflict (provider, scope, name) where state <> 'deleted' do nothing returning id::text as id`,
      [id, provider, version, to, name, id, openSettings(catalog, { provider, version, settings }), from],
    )
    if (made.length === 0) continue
    if (document !== null) {
      await insertMappingDraft(session, schema, { connectionId: id, document: JSON.parse(document), author: by })
    }
    await writeAuditEntry(session, schema, {
      actor: by,
      action: 'connection.drafted',
      scope: to,
      target: `connection:${id}`,
      before: null,
      after: { provider, providerVersion: version, name, copiedFrom: from },
    })
  }
}

/** As JSON, without what its provider calls a secret by now; nothing where nobody can say what is one. */
function openSettings(
  catalog: ScopeCopiedOptions['catalog'],
  { provider, version, settings }: Pick<CopiedRow, 'provider' | 'version' | 'settings'>,
): string {
  const found = catalog.provider(provider, version)
  if (!found) return '{}'
  const secrets = new Set(secretSettings(connectionSchema(found.provider)))
  const all: Record<string, unknown> = JSON.parse(settings)
  return JSON.stringify(Object.fromEntries(Object.entries(all).filter(([name]) => !secrets.has(name))))
}

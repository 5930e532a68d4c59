// The mapping of a connection as people change it: a draft that only they see, published as the next version, which is in
// force from then on. Whoever was slower than somebody else is told so and overwrites nothing.
import type { Database, SqlSession } from '../database/transaction.ts'
import { writeAuditEntry } from '../database/write-audit-entry.ts'
import { TransitionError } from '../errors.ts'
import type { MappingDocument } from '../sdk/mapping.ts'
import { parseMappings, publishMappings } from './connection-mappings.ts'

export interface PublishedMapping {
  version: number
  document: MappingDocument
  author: string
  publishedAt: Date
}

export interface MappingVersionSummary extends Omit<PublishedMapping, 'document'> {
  mappingCount: number
}

export interface MappingDraft {
  document: MappingDocument
  /** The version that was in force when it was begun; null when there was none. */
  basedOn: number | null
  /** For the next change; one that names another is refused. */
  revision: number
  author: string
  updatedAt: Date
}

export interface Mappings {
  /** The version in force, or one of before; null when there is none. */
  published(connectionId: string, version?: number): Promise<PublishedMapping | null>
  /** Null when nobody is changing anything. */
  draft(connectionId: string): Promise<MappingDraft | null>
  /** Newest first, without their documents. @param before only versions below */
  versions(
    connectionId: string,
    options: { limit: number; before?: number | undefined },
  ): Promise<readonly MappingVersionSummary[]>
  /** Throws a TransitionError when somebody else was quicker, a SyncConfigError for what is no mapping document. */
  saveDraft(request: DraftChange & { document: unknown; audit?: DraftOrigin }): Promise<MappingDraft>
  discardDraft(request: DraftChange): Promise<void>
  /**
   * The draft becomes the version in force; null when it says what is in force already. Whether it can work is for the
   * caller to judge.
   */
  publish(request: DraftChange & { over: number | null }): Promise<{ version: number | null }>
}

export interface DraftChange {
  connectionId: string
  /** Of the draft that the change was made in; null when there was none. */
  revision: number | null
  actor: string
}

/** Where a draft comes from that replaces the one before as a whole: written down, with what it replaces. */
export interface DraftOrigin {
  /** For example `mapping.restored`. */
  action: string
  /** For example the version that was restored. */
  from: Readonly<Record<string, unknown>>
}

export function createMappings({ database }: { database: Database }): Mappings {
  const { schema } = database

  async function published(session: SqlSession, connectionId: string, version: number | null) {
    const { rows } = await session.executeSql<PublishedRow>(
      `select m.version, m.document, m.author, m.published_at, c.name
       from ${schema}.mapping_version m join ${schema}.connection c on c.id = m.connection_id
       where m.connection_id = $1 and m.published_at is not null and ($2::int is null or m.version = $2)
       order by m.version desc limit 1`,
      [connectionId, version],
    )
    const [row] = rows
    return row ? { ...summaryOf(row), document: parseMappings(row.document, row.name) } : null
  }

  async function draft(session: SqlSession, connectionId: string): Promise<MappingDraft | null> {
    const { rows } = await session.executeSql<DraftRow>(
      `select d.document, d.based_on, d.revision, d.author, d.updated_at, c.name
       from ${schema}.mapping_draft d join ${schema}.connection c on c.id = d.connection_id where d.connection_id = $1`,
      [connectionId],
    )
    const [row] = rows
    if (!row) return null
    const { based_on: basedOn, revision, author, updated_at: updatedAt } = row
    return { document: parseMappings(row.document, row.name), basedOn, revision, author, updatedAt }
  }

  /** Under the lock of the connection's row, with the draft as the person knew it. */
  function change<Result>(
    { connectionId, revision }: DraftChange,
    write: (
      session: SqlSession,
      locked: { name: string; scope: string; draft: MappingDraft | null },
    ) => Promise<Result>,
  ): Promise<Result> {
    return database.transaction(async (session) => {
      const { rows } = await session.executeSql<{ name: string; scope: string }>(
        `select name, scope from ${schema}.connection where id = $1 and state <> 'deleted' for no key update`,
        [connectionId],
      )
      const [connection] = rows
      if (!connection) throw new TransitionError('This connection does not exist any more.')
      const current = await draft(session, connectionId)
      if ((current?.revision ?? null) !== revision) throw new TransitionError(wordsOfOther(current))
      return write(session, { ...connection, draft: current })
    })
  }

  return Object.freeze({
    published: (connectionId, version) => published(database, connectionId, version ?? null),
    draft: (connectionId) => draft(database, connectionId),

    async versions(connectionId, { limit, before }) {
      const { rows } = await database.executeSql<SummaryRow & { mapping_count: number }>(
        `select version, author, published_at, jsonb_array_length(document) as mapping_count from ${schema}.mapping_version
         where connection_id = $1 and published_at is not null and ($2::int is null or version < $2)
         order by version desc limit $3`,
        [connectionId, before ?? null, limit],
      )
      return rows.map((row) => ({ ...summaryOf(row), mappingCount: row.mapping_count }))
    },

    saveDraft: ({ document, audit, ...request }) =>
      change(request, async (session, { name, scope, draft: current }) => {
        const { connectionId, actor } = request
        const inForce = current ? null : await published(session, connectionId, null)
        const parsed = parseMappings(document, name)
        const basedOn = current ? current.basedOn : (inForce?.version ?? null)
        const { rows } = await session.executeSql<{ revision: number; updated_at: Date }>(
          // A draft that was discarded and begun anew is another one, so it does not begin with the same revision.
          `insert into ${schema}.mapping_draft as d (connection_id, document, based_on, revision, author)
           values ($1, $2, $3, floor(random() * 1000000000)::int, $4)
           on conflict (connection_id) do update
             set document = excluded.document, revision = d.revision + 1, author = excluded.author, updated_at = now()
           returning revision, updated_at`,
          [connectionId, JSON.stringify(parsed), basedOn, actor],
        )
        const [row] = rows
        if (!row) throw new Error('PostgreSQL did not return the draft that it wrote')
        if (audit) {
          await writeAuditEntry(session, schema, {
            actor,
            action: audit.action,
            scope,
            target: `connection:${connectionId}`,
            before: current && { draft: current.document },
            after: { ...audit.from, draft: parsed },
          })
        }
        return { document: parsed, basedOn, revision: row.revision, author: actor, updatedAt: row.updated_at }
      }),

    discardDraft: (request) =>
      change(request, async (session, { scope, draft: current }) => {
        if (!current) return
        await session.executeSql(`delete from ${schema}.mapping_draft where connection_id = $1`, [request.connectionId])
        await writeAuditEntry(session, schema, {
          actor: request.actor,
          action: 'mapping.draft_discarded',
          scope,
          target: `connection:${request.connectionId}`,
          before: { draft: current.document },
          after: null,
        })
      }),

    publish: ({ over, ...request }) =>
      change(request, async (session, { scope, draft: current }) => {
        const { connectionId, actor } = request
        const inForce = await published(session, connectionId, null)
        if ((inForce?.version ?? null) !== over) {
          throw new TransitionError(
            `Version ${inForce?.version} was published meanwhile by ${inForce?.author}. Look at what differs from it now, then publish again.`,
          )
        }
        if (!current) throw new TransitionError('There is no draft to publish any more: nothing was changed.')
        const version = await publishMappings(session, schema, {
          connectionId,
          document: current.document,
          author: actor,
        })
        await session.executeSql(`delete from ${schema}.mapping_draft where connection_id = $1`, [connectionId])
        if (version !== null) {
          await writeAuditEntry(session, schema, {
            actor,
            action: 'mapping.published',
            scope,
            target: `connection:${connectionId}`,
            before: { mappingVersion: over },
            after: { mappingVersion: version },
          })
        }
        return { version }
      }),
  } satisfies Mappings)
}

interface SummaryRow {
  version: number
  author: string
  published_at: Date
}

interface PublishedRow extends SummaryRow {
  document: unknown
  name: string
}

interface DraftRow {
  document: unknown
  based_on: number | null
  revision: number
  author: string
  updated_at: Date
  name: string
}

const summaryOf = ({ version, author, published_at }: SummaryRow) => ({
  version,
  author,
  publishedAt: published_at,
})

function wordsOfOther(current: MappingDraft | null): string {
  return current
    ? `${current.author} has changed the draft meanwhile. Look at it as it is now, then make your change again.`
    : 'The draft was published or discarded meanwhile. Look at the mapping as it is now, then make your change again.'
}

// The mapping documents of a connection: parsed at the border, kept as numbered versions, the highest published one in
// force.
import canonicalize from 'canonicalize'
import { isStorableJson } from '../database/stored-json.ts'
import type { SqlSession } from '../database/transaction.ts'
import { SyncConfigError } from '../errors.ts'
import { type MappingDocument, mappingDocumentSchema } from '../sdk/mapping.ts'
import { issueSentences } from '../sdk/zod-words.ts'

/** Throws a SyncConfigError that names every place at fault. */
export function parseMappings(document: unknown, connectionName: string): MappingDocument {
  const parsed = mappingDocumentSchema.safeParse(document)
  const problems = parsed.success
    ? [...keysTwice(parsed.data), ...notStorable(parsed.data)]
    : issueSentences(parsed.error.issues, { whole: 'mappings', input: document })
  if (problems.length > 0 || !parsed.success) {
    throw new SyncConfigError(
      `The mappings of the connection "${connectionName}" cannot be used. Correct them: ${problems.slice(0, 20).join('; ')}.`,
    )
  }
  return parsed.data
}

// The ledger's links carry the key, so two mappings with one key would fight over the same objects.
function keysTwice(document: MappingDocument): string[] {
  const keys = document.map(({ key }) => key)
  const twice = new Set(keys.filter((key, index) => keys.indexOf(key) !== index))
  return [...twice].map((key) => `two mappings have the key "${key}"`)
}

function notStorable(document: MappingDocument): string[] {
  const atFault = document.filter((mapping) => !isStorableJson(mapping))
  return atFault.map(({ key }) => `the mapping "${key}" holds a NUL character or half a character`)
}

/**
 * Makes the document the one in force, unless it is already; null when nothing was written. The caller holds the lock of
 * the connection's row, so that two do not take one number.
 */
export async function publishMappings(
  session: SqlSession,
  schema: string,
  { connectionId, document, author }: { connectionId: string; document: MappingDocument; author: string },
): Promise<number | null> {
  const { rows } = await session.executeSql<{ document: unknown }>(
    `select document from ${schema}.mapping_version
     where connection_id = $1 and published_at is not null order by version desc limit 1`,
    [connectionId],
  )
  // Parsed first: what the schema has learnt since then is no change of anybody's.
  const inForce = mappingDocumentSchema.safeParse(rows[0]?.document ?? [])
  if (inForce.success && canonicalize(inForce.data) === canonicalize(document)) return null
  const { rows: written } = await session.executeSql<{ version: number }>(
    `insert into ${schema}.mapping_version (connection_id, version, document, author, published_at)
     select $1::uuid, coalesce(max(version), 0) + 1, $2, $3, now()
     from ${schema}.mapping_version where connection_id = $1::uuid
     returning version`,
    [connectionId, JSON.stringify(document), author],
  )
  return written[0]?.version ?? null
}

/** A first draft, for a connection that has none and nothing in force. */
export async function insertMappingDraft(
  session: SqlSession,
  schema: string,
  { connectionId, document, author }: { connectionId: string; document: unknown; author: string },
): Promise<void> {
  await session.executeSql(
    // Drafts begin with any revision, so that one that was begun anew is told apart.
    `insert into ${schema}.mapping_draft (connection_id, document, based_on, revision, author)
     values ($1::uuid, $2::jsonb, null, floor(random() * 1000000000)::int, $3)`,
    [connectionId, JSON.stringify(document), author],
  )
}

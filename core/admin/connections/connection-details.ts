// What one connection is set to: its settings without the secrets, and the mapping in force.
import { z } from 'zod'
import { connectionSchema } from '../../connections/connection-schema.ts'
import type { Database } from '../../database/transaction.ts'
import { type MappingDocument, mappingDocumentSchema } from '../../sdk/mapping.ts'
import type { ProviderClass } from '../../sdk/provider.ts'
import { secretSettings } from '../../sdk/secret.ts'
import { wordsOfName } from '../forms/field-words.ts'

export interface SettingView {
  label: string
  /** Null for a secret: it is stored sealed and never shown. */
  value: string | null
}

export interface ConnectionDetails {
  /** What its authorization is told by, and whose variables its settings may refer to. */
  stored: { settings: Record<string, unknown>; secretNames: readonly string[]; hasGrant: boolean }
  environment: string | null
  settings: readonly SettingView[]
  mapping: { version: number; author: string; publishedAt: Date; document: MappingDocument } | null
  /** A newer document was saved and not published yet. */
  hasDraft: boolean
}

export async function loadConnectionDetails(
  database: Database,
  { connectionId, provider }: { connectionId: string; provider: ProviderClass | null },
): Promise<ConnectionDetails> {
  const { schema } = database
  const [connection, versions] = await Promise.all([
    // The names of the credentials only; the sealed values stay in the database.
    database.executeSql<{
      settings: Record<string, unknown>
      credential_names: string[]
      environment: string | null
      has_grant: boolean
    }>(
      `select settings, environment, sealed_grant is not null as has_grant,
              array(select jsonb_object_keys(credentials)) as credential_names
       from ${schema}.connection where id = $1`,
      [connectionId],
    ),
    database.executeSql<{
      version: number
      author: string
      published_at: Date
      document: unknown
      has_draft: boolean
    }>(
      `select version, author, published_at, document,
              exists (select from ${schema}.mapping_draft where connection_id = $1) as has_draft
       from ${schema}.mapping_version
       where connection_id = $1 and published_at is not null order by version desc limit 1`,
      [connectionId],
    ),
  ])
  const [row] = connection.rows
  const stored = {
    settings: row?.settings ?? {},
    secretNames: row?.credential_names ?? [],
    hasGrant: row?.has_grant ?? false,
  }
  const [published] = versions.rows
  const document = mappingDocumentSchema.safeParse(published?.document)
  return {
    stored,
    environment: row?.environment ?? null,
    settings: settingViews(stored.settings, stored.secretNames, provider),
    mapping:
      published && document.success
        ? {
            version: published.version,
            author: published.author,
            publishedAt: published.published_at,
            document: document.data,
          }
        : null,
    hasDraft: published?.has_draft ?? false,
  }
}

function settingViews(
  settings: Readonly<Record<string, unknown>>,
  credentialNames: readonly string[],
  provider: ProviderClass | null,
): readonly SettingView[] {
  // A secret belongs among the credentials; should one lie among the settings, it is not shown either.
  const schema = provider ? connectionSchema(provider) : null
  const secrets = new Set([...credentialNames, ...secretSettings(schema)])
  const open = Object.entries(settings).filter(([name]) => !secrets.has(name))
  const stored = new Map<string, unknown>([...open, ...credentialNames.map((name) => [name, null] as const)])
  // As the form has them; the database keeps no order.
  const inOrder = schema instanceof z.ZodObject ? Object.keys(schema.shape).filter((name) => stored.has(name)) : []
  return [...new Set([...inOrder, ...stored.keys()])].map((name) => ({
    label: settingLabel(schema, name),
    value: credentialNames.includes(name) ? null : settingText(stored.get(name)),
  }))
}

export function settingLabel(schema: z.ZodType | null, name: string): string {
  const field: unknown = schema instanceof z.ZodObject ? schema.shape[name] : undefined
  const title = field instanceof z.ZodType ? field.meta()?.title : undefined
  return title ?? wordsOfName(name)
}

function settingText(value: unknown): string {
  if (value === null || value === undefined || value === '') return 'not set'
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

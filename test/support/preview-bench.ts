// Previews against an instance of a test: what they are asked with is read from the instance's own tables.
import assert from 'node:assert/strict'
import { createPool } from '../../core/database/pool.ts'
import type { Database } from '../../core/database/transaction.ts'
import { type MappingDocument, mappingDocumentSchema } from '../../core/sdk/mapping.ts'
import type { ProviderClass } from '../../core/sdk/provider.ts'
import type { SourceModel } from '../../core/sdk/source-model.ts'
import { type PreviewRequest, previewSubjects, type SubjectPreview } from '../../core/sync/preview-subjects.ts'
import { quietLog } from './migrated-database.ts'

export interface PreviewBench {
  /** @param mappings @default those in force */
  preview(
    connectionId: string,
    ids: readonly string[],
    mappings?: MappingDocument,
    options?: { withTrace?: boolean },
  ): Promise<SubjectPreview[]>
  mappings(connectionId: string): Promise<MappingDocument>
  /** Statements that the previews have sent to the database. */
  statements: string[]
  close(): Promise<void>
}

export async function openPreviewBench({
  databaseUrl,
  schema = 'outbound_sync',
  provider,
  model,
}: {
  databaseUrl: string
  schema?: string
  provider(identifier: string): ProviderClass
  model: SourceModel
}): Promise<PreviewBench> {
  const pool = createPool({ databaseUrl, schema, log: quietLog, maxConnections: 3 })
  const statements: string[] = []
  const database: Database = {
    ...pool,
    executeSql(text, values) {
      statements.push(text)
      return pool.executeSql(text, values)
    },
    session: () => assert.fail('a preview needs no session of its own'),
    transaction: () => assert.fail('a preview writes nothing'),
  }
  const read = async (connectionId: string) => {
    const { rows } = await pool.executeSql<PreviewRequest['connection'] & { provider: string; mappings: unknown }>(
      `select c.id, c.name, c.scope, c.settings, c.epoch, c.provider, null as error,
         (select document from ${schema}.mapping_version m where m.connection_id = c.id order by version desc limit 1) as mappings
       from ${schema}.connection c where c.id = $1`,
      [connectionId],
    )
    const [row] = rows
    assert.ok(row)
    return { ...row, mappings: mappingDocumentSchema.parse(row.mappings ?? []) }
  }
  return {
    statements,
    mappings: async (connectionId) => (await read(connectionId)).mappings,
    async preview(connectionId, ids, mappings, options = {}) {
      const connection = await read(connectionId)
      const providerClass = provider(connection.provider)
      return previewSubjects({
        subjects: ids.map((id) => ({ model: model.name, id })),
        connection,
        mappings: mappings ?? connection.mappings,
        providerClass,
        pluginName: 'under-test',
        objectTypes: providerClass.externalObjectTypes,
        ...options,
        database,
        log: quietLog,
        signal: new AbortController().signal,
        sourceModel: (name) => (name === model.name ? model : null),
        sourceModels: () => [model],
        pluginOfModel: () => 'the-host',
      })
    },
    close: () => pool.close(),
  }
}

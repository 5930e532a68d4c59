// What the sync of a batch of subjects works with, loaded set-based: records and fields, the ledger's links, and the remote
// ids of the records that they refer to. A fixed number of queries, however many subjects there are.
import type { Database } from '../database/transaction.ts'
import { referencesOf } from '../mapping/apply-mapping.ts'
import type { ObjectMapping } from '../sdk/mapping.ts'
import type { Subject } from '../sdk/signals.ts'
import type { SourceModel } from '../sdk/source-model.ts'
import { type LedgerLink, loadLinks, loadReferences } from './ledger.ts'
import { loadInputs } from './load-inputs.ts'
import { sourcesOf } from './mapping-sources.ts'
import type { SubjectInputs } from './subject-context.ts'

export interface LoadedBatch {
  inputsOf(subject: Omit<SubjectInStream, 'askedForBy'>): SubjectInputs
  /** Why the host could not show this record although it has it. */
  failureOf(subject: Subject): { error: unknown } | undefined
}

export interface SubjectInStream extends Subject {
  stream: string
  /** The signals and acts that led to it. */
  askedForBy: readonly string[]
}

export interface SourceModels {
  sourceModel(name: string): SourceModel | null
  sourceModels(): readonly SourceModel[]
  /** The name of the plugin that brings it. */
  pluginOfModel(name: string): string | null
}

const noLinks: ReadonlyMap<string, LedgerLink> = new Map()

export async function loadBatch({
  subjects,
  database,
  connection,
  mappings,
  signal,
  sourceModel,
  sourceModels,
  pluginOfModel,
}: SourceModels & {
  subjects: readonly SubjectInStream[]
  database: Database
  connection: { id: string; scope: string }
  mappings: readonly ObjectMapping[]
  signal: AbortSignal
}): Promise<LoadedBatch> {
  const [inputs, links] = await Promise.all([
    loadInputs({ subjects, scope: connection.scope, sourceModel, sourceModels, pluginOfModel, signal }),
    loadLinks(database, database.schema, connection.id, subjects),
  ])
  const wanted = subjects.flatMap(({ model, id }) => {
    const record = inputs.record(model, id)
    if (!record) return []
    const fields = (name: string) => inputs.fields(name, record.scope)
    return mappings.flatMap((mapping) =>
      sourcesOf(mapping, model, record).flatMap(({ nestedRecord }) =>
        referencesOf({ mapping, record, fields, ...(nestedRecord ? { nestedRecord } : {}) }),
      ),
    )
  })
  const references = await loadReferences(database, database.schema, connection.id, wanted)
  return {
    inputsOf({ model, id, stream }) {
      const record = inputs.record(model, id)
      return {
        record,
        fields: (name) => inputs.fields(name, record?.scope ?? connection.scope),
        links: links.get(`${model}/${id}/${stream}`) ?? noLinks,
        resolveReference: (name, recordId) => references.get(`${name}/${recordId}`) ?? null,
      }
    },
    failureOf: ({ model, id }) => inputs.failure(model, id),
  }
}

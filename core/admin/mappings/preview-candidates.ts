// Which records somebody may want to preview: those that a search finds, those that this connection has failed with, those
// it was last busy with, and where there are none yet, some that the host has. Only what the reader may see.
import { isWithinScope } from '../../connections/resolve-activation.ts'
import { isStorableText } from '../../database/stored-json.ts'
import type { Database } from '../../database/transaction.ts'
import { messageOf } from '../../errors.ts'
import type { Catalog } from '../../registry/catalog.ts'
import type { Log } from '../../sdk/log.ts'
import type { MappingDocument } from '../../sdk/mapping.ts'
import type { Subject } from '../../sdk/signals.ts'
import type { SourceModel } from '../../sdk/source-model.ts'
import type { User } from '../../sdk/user.ts'
import { type OutcomeWords, outcomeWords } from '../outcome-words.ts'
import { type SourceRecords, subjectKey } from '../source-records.ts'
import { visible } from './preview-values.ts'

export interface Candidate extends Subject {
  label: string
  modelLabel: string
  /** What became of it last. */
  words: OutcomeWords | null
}

interface CandidateOptions {
  database: Database
  catalog: Pick<Catalog, 'sourceModels' | 'sourceModelOf'>
  records: SourceRecords
  log: Log
}

const mostListed = 8
const attemptDepth = 200
const timeoutMs = 3_000
const longestSearch = 200

/** The kinds of records that the mappings begin at; all where there are no mappings. */
export function rootModels(
  catalog: Pick<Catalog, 'sourceModels' | 'sourceModelOf'>,
  document: MappingDocument,
): readonly SourceModel[] {
  const models = new Set(document.flatMap(({ sourceModel }) => catalog.sourceModelOf(sourceModel) ?? []))
  return models.size > 0 ? [...models] : catalog.sourceModels()
}

export async function searchCandidates(
  { records }: Pick<CandidateOptions, 'records'>,
  { text, scope, models, user }: { text: string; scope: string; models: readonly SourceModel[]; user: User },
): Promise<Candidate[]> {
  const wanted = text.trim().slice(0, longestSearch)
  if (wanted === '' || !isStorableText(wanted)) return []
  const found = await records.search(wanted)
  return found
    .filter((record) => models.some(({ name }) => name === record.model))
    .filter((record) => isWithinScope(record.scope, scope) && user.can('view', record.scope))
    .map(({ model, id, label }) => ({
      model,
      id,
      label: visible(label),
      modelLabel: records.modelLabel(model),
      words: null,
    }))
}

export interface CandidateList {
  title: string
  candidates: readonly Candidate[]
}

export async function listCandidates(
  options: CandidateOptions,
  {
    connectionId,
    scope,
    models,
    user,
  }: { connectionId: string; scope: string; models: readonly SourceModel[]; user: User },
): Promise<readonly CandidateList[]> {
  const { database, records } = options
  const { schema } = database
  const [failed, tried] = await Promise.all([
    database.executeSql<Row>(
      `select source_model as model, source_id as id, scope, reason as outcome, null as label from ${schema}.sync_job
       where connection_id = $1 and state = 'needs_attention' order by id desc limit ${attemptDepth}`,
      [connectionId],
    ),
    database.executeSql<Row>(
      `select source_model as model, source_id as id, scope, outcome, source_label as label from ${schema}.attempt
       where connection_id = $1 order by id desc limit ${attemptDepth}`,
      [connectionId],
    ),
  ])
  const mayBeSeen = (row: Row) => models.some(({ name }) => name === row.model) && user.can('view', row.scope)
  const failures = firstOfEach(failed.rows.filter(mayBeSeen))
  const failedKeys = new Set(failures.map(subjectKey))
  const latest = firstOfEach(tried.rows.filter(mayBeSeen)).filter((row) => !failedKeys.has(subjectKey(row)))
  const labels = await records.labels(failures)
  const toCandidate = (row: Row): Candidate => ({
    model: row.model,
    id: row.id,
    label: visible(row.label ?? labels.get(subjectKey(row)) ?? row.id),
    modelLabel: records.modelLabel(row.model),
    words: row.outcome === null ? null : outcomeWords(row.outcome),
  })
  const lists = [
    { title: 'Failed', candidates: failures.map(toCandidate) },
    { title: 'Last sent or tried', candidates: latest.map(toCandidate) },
  ].filter(({ candidates }) => candidates.length > 0)
  return lists.length > 0 ? lists : someRecords(options, { scope, models, user })
}

interface Row extends Subject {
  scope: string
  outcome: string | null
  label: string | null
}

function firstOfEach(rows: readonly Row[]): Row[] {
  const bySubject = new Map<string, Row>()
  for (const row of rows) if (!bySubject.has(subjectKey(row))) bySubject.set(subjectKey(row), row)
  return [...bySubject.values()].slice(0, mostListed)
}

async function someRecords(
  { records, log }: CandidateOptions,
  { scope, models, user }: { scope: string; models: readonly SourceModel[]; user: User },
): Promise<CandidateList[]> {
  const lists = await Promise.all(
    models.map(async (model) => {
      try {
        const page = await model.page(null, {}, { scope, limit: mostListed, signal: AbortSignal.timeout(timeoutMs) })
        const subjects = page.records
          .filter((record) => user.can('view', record.scope))
          .map(({ id }) => ({ model: model.name, id }))
        const labels = await records.labels(subjects)
        const candidates = subjects.map((subject) => ({
          ...subject,
          label: visible(labels.get(subjectKey(subject)) ?? subject.id),
          modelLabel: model.label,
          words: null,
        }))
        return { title: model.labelPlural, candidates }
      } catch (error) {
        // The search field is there all the same.
        log.warn({ model: model.name, error: messageOf(error) }, 'The host could not list its records')
        return { title: model.labelPlural, candidates: [] }
      }
    }),
  )
  return lists.filter(({ candidates }) => candidates.length > 0)
}

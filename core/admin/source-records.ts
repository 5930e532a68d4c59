// What the host calls its records, and where it shows them. A host may keep them far away or be down: then pages show the
// id, and the log says why.
import type { Database } from '../database/transaction.ts'
import { messageOf } from '../errors.ts'
import type { Catalog } from '../registry/catalog.ts'
import type { Log } from '../sdk/log.ts'
import type { Subject } from '../sdk/signals.ts'
import type { SourceModel } from '../sdk/source-model.ts'
import { externalHref, pageUrl, sameOriginPath } from './links.ts'

export interface FoundRecord {
  model: string
  id: string
  label: string
  scope: string
  /** Safe to put into a link. */
  href: string | null
}

export interface SourceRecords {
  /** Null when the host has no such record or cannot be asked. */
  find(subject: Subject): Promise<FoundRecord | null>
  /** The labels of many records by `model/id`; those that cannot be had are left out. */
  labels(subjects: readonly Subject[]): Promise<ReadonlyMap<string, string>>
  /** The records a person may mean by a text: its id, its label in recent history, or what a text filter finds. */
  search(text: string): Promise<readonly FoundRecord[]>
  /** What the host calls this kind of record. */
  modelLabel(name: string): string
}

const timeoutMs = 3000
const searchLimit = 10
const labelSearchDepth = 20_000

export const subjectKey = ({ model, id }: Subject): string => `${model}/${id}`

export function createSourceRecords({
  database,
  catalog,
  log,
  basePath,
}: {
  database: Database
  catalog: Pick<Catalog, 'sourceModels' | 'sourceModel' | 'sourceModelOf' | 'pages'>
  log: Log
  basePath: string
}): SourceRecords {
  // The empty scope holds every record; whether the reader may see one is asked by the page, of the record's own scope.
  async function load(model: SourceModel, ids: readonly string[]): Promise<FoundRecord[]> {
    try {
      const records = await model.load(ids, { scope: '', signal: AbortSignal.timeout(timeoutMs) })
      return records.map((record) => ({
        model: model.name,
        id: record.id,
        label: record.label,
        scope: record.scope,
        href: hrefOf(record.href),
      }))
    } catch (error) {
      log.warn({ model: model.name, error: messageOf(error) }, 'The host could not show what its records are called')
      return []
    }
  }

  // A record's own page may be one that a plugin brings here; any other path is the host's.
  function hrefOf(href: string | undefined): string | null {
    const path = sameOriginPath(href)
    if (path === null) return externalHref(href)
    const isOurs = catalog.pages.some(({ plugin }) => path.startsWith(`/${plugin.name}/`))
    return isOurs ? pageUrl(basePath, path) : path
  }

  async function idsByFilter(model: SourceModel, text: string): Promise<string[]> {
    const filters = model.filters.filter(({ type }) => type === 'text')
    try {
      const options = { scope: '', limit: searchLimit, signal: AbortSignal.timeout(timeoutMs) }
      const pages = await Promise.all(filters.map(({ key }) => model.page(null, { [key]: text }, options)))
      return pages.flatMap(({ records }) => records.map(({ id }) => id))
    } catch (error) {
      log.warn({ model: model.name, error: messageOf(error) }, 'The host could not search its records')
      return []
    }
  }

  // Labels have no index: only the newest tries are looked through.
  async function subjectsByLabel(text: string): Promise<readonly Subject[]> {
    const { rows } = await database.executeSql<Subject>(
      `select distinct source_model as model, source_id as id from (
         select source_model, source_id, source_label from ${database.schema}.attempt order by id desc limit $2
       ) recent where lower(source_label) = lower($1) limit $3`,
      [text, labelSearchDepth, searchLimit],
    )
    return rows
  }

  return Object.freeze({
    async find({ model, id }) {
      const source = catalog.sourceModel(model)
      const [record] = source ? await load(source, [id]) : []
      return record ?? null
    },

    async labels(subjects) {
      const groups = Map.groupBy(subjects, ({ model }) => model)
      const found = await Promise.all(
        [...groups].map(([model, group]) => {
          const source = catalog.sourceModel(model)
          const ids = [...new Set(group.map(({ id }) => id))]
          if (source?.labelOf) return ids.map((id) => ({ model, id, label: source.labelOf?.(id) ?? id }))
          return source ? load(source, ids) : []
        }),
      )
      return new Map(found.flat().map((record) => [subjectKey(record), record.label]))
    },

    async search(text) {
      const byLabel = await subjectsByLabel(text)
      const found = await Promise.all(
        catalog.sourceModels().map(async (model) => {
          const labelled = byLabel.filter((subject) => subject.model === model.name).map(({ id }) => id)
          const others = new Set([...labelled, ...(await idsByFilter(model, text))])
          others.delete(text)
          // The text as an id goes alone: a host whose ids are numbers may refuse the whole call.
          return [...(await load(model, [text])), ...(others.size > 0 ? await load(model, [...others]) : [])]
        }),
      )
      return found.flat()
    },

    modelLabel: (name) => {
      const model = catalog.sourceModelOf(name)
      return (model?.name === name ? model.label : model?.nested[name]?.label) ?? name
    },
  } satisfies SourceRecords)
}

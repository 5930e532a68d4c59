// Loads the records of a whole batch and the fields they are read with: a fixed number of queries a source model.
import { isErrorKind, messageOf, SyncConfigError } from '../errors.ts'
import { didYouMean } from '../sdk/near-name.ts'
import type { SourceField, SourceModel, SourceRecord } from '../sdk/source-model.ts'
import { toldWithOrigin } from './unexpected-error.ts'
import { withinTime } from './within-time.ts'

export interface BatchInputs {
  /** Undefined when the host no longer has the record. */
  record(model: string, id: string): SourceRecord | undefined
  /** Why the host could not show this record although it has it. */
  failure(model: string, id: string): { error: unknown } | undefined
  /** The fields of a root or nested model in a scope; empty for a model that does not exist. */
  fields(model: string, scope: string): ReadonlyMap<string, SourceField>
}

/** For the records of a whole batch. */
const loadTimeoutMs = 60_000

const noFields: ReadonlyMap<string, SourceField> = new Map()

export async function loadInputs({
  subjects,
  scope,
  sourceModel,
  sourceModels,
  pluginOfModel,
  signal,
}: {
  /** @param askedForBy the signals and acts that led to it */
  subjects: readonly { model: string; id: string; askedForBy: readonly string[] }[]
  /** The scope of the connection; every subject lies in it. */
  scope: string
  sourceModel(name: string): SourceModel | null
  sourceModels(): readonly SourceModel[]
  /** The name of the plugin that brings it. */
  pluginOfModel(name: string): string | null
  signal: AbortSignal
}): Promise<BatchInputs> {
  const records = new Map<string, SourceRecord>()
  const failures = new Map<string, { error: unknown }>()
  const fields = new Map<string, ReadonlyMap<string, SourceField>>()
  const limit = { signal, timeoutMs: loadTimeoutMs }
  for (const [name, wanted] of Map.groupBy(subjects, (subject) => subject.model)) {
    const model = sourceModel(name)
    const words = `The source model ${name} (plugin ${pluginOfModel(name) ?? 'unknown'})`
    const unreadable = (id: string, error: unknown): void => {
      const told = toldWithOrigin(error, `${words} could not read this record`)
      failures.set(`${name}/${id}`, { error: asSourceError(told) })
    }
    if (!model) {
      // The other records of the batch have done nothing wrong.
      for (const { id, askedForBy } of wanted) {
        unreadable(id, new SyncConfigError(unknownModelWords(name, { askedForBy, known: sourceModels() })))
      }
      continue
    }
    const reading = { ...limit, what: `Reading ${name} records`, failed: `${words} could not load its records` }
    const loaded = await withinTime(reading, (given) =>
      model.load([...new Set(wanted.map((subject) => subject.id))], { scope, signal: given, unreadable }),
    ).catch((error: unknown) => {
      throw asSourceError(error)
    })
    for (const record of loaded) records.set(`${name}/${record.id}`, record)
    for (const recordScope of new Set(loaded.map((record) => record.scope))) {
      for (const modelName of [name, ...Object.keys(model.nested)]) {
        const failed = `${words} could not list the fields of ${modelName}`
        const list = await withinTime({ ...limit, what: `Reading the fields of ${modelName}`, failed }, async () =>
          model.fields(modelName, recordScope),
        ).catch((error: unknown) => {
          throw asSourceError(error)
        })
        fields.set(`${modelName}/${recordScope}`, new Map(list.map((field) => [field.key, field])))
      }
    }
  }
  return {
    record: (model, id) => records.get(`${model}/${id}`),
    failure: (model, id) => failures.get(`${model}/${id}`),
    fields: (model, recordScope) => fields.get(`${model}/${recordScope}`) ?? noFields,
  }
}

function unknownModelWords(
  name: string,
  { askedForBy, known }: { askedForBy: readonly string[]; known: readonly SourceModel[] },
): string {
  const root = known.find(({ nested }) => Object.hasOwn(nested, name))
  const names = known.map((model) => model.name)
  const hint = root ? ` It is a part of ${root.name}: name that and its id.` : didYouMean(name, names)
  const by = askedForBy.length > 0 ? ` It was asked for by ${[...new Set(askedForBy)].join(', ')}.` : ''
  const loaded = names.length > 0 ? `Loaded: ${names.join(', ')}.` : 'No model is loaded.'
  return `No loaded plugin brings the source model "${name}".${hint}${by} ${loaded}`
}

/** It is the host that refused us and not the remote: nobody has to reconnect the connection. */
function asSourceError(error: unknown): unknown {
  return isErrorKind(error, 'AuthenticationError') ? new SyncConfigError(messageOf(error), { cause: error }) : error
}

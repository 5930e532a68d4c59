// The mappings, computed from the records that the checks push: what can only be seen with values in hand, such as a text
// that is no number, or a record without the value that identifies its object.
import { messageOf } from '../errors.ts'
import { applyMapping, type MappedResult } from '../mapping/apply-mapping.ts'
import type { MappableRootModel } from '../mapping/validate-mapping.ts'
import type { NestedPropertyMapping, ObjectMapping, PropertyMapping } from '../sdk/mapping.ts'
import type { SourceModel, SourceRecord } from '../sdk/source-model.ts'
import type { ConformanceOptions } from './conformance-options.ts'
import { demand } from './demand.ts'
import { changedOrder, sampleOrder } from './sample-order.ts'
import type { TestRecord, TestRecords } from './test-records.ts'

interface Trial {
  mappings: readonly ObjectMapping[]
  roots: readonly MappableRootModel[]
  /** What is put here is read by the source models. */
  records: TestRecords
  sourceModels: readonly SourceModel[]
}

export async function tryMappings(options: ConformanceOptions, trial: Trial): Promise<void> {
  const {
    make,
    change,
    model = trial.roots[0]?.name ?? '',
  } = options.records ?? {
    make: sampleOrder,
    change: changedOrder,
  }
  const root = trial.roots.find(({ name }) => name === model)
  const names = root ? [model, ...root.nested.map(({ name }) => name)] : []
  const mappings = trial.mappings.filter(({ isEnabled, sourceModel }) => isEnabled && names.includes(sourceModel))
  demand(
    mappings.length > 0,
    `No mapping is of ${model}, whose records are pushed: give \`mappings\`, or correct \`records.model\`.`,
  )
  const results = async (origin: string, record: TestRecord): Promise<MappedResult[]> => {
    const loaded = await putAndLoad(trial, model, record)
    return mappings.flatMap((mapping) =>
      apply(mapping, loaded, { origin, options, trial, isRoot: mapping.sourceModel === model }),
    )
  }
  const made = await results('records.make(1)', make(1))
  const reasons = made.flatMap((result) => (result.kind === 'skipped' ? [result.reason] : []))
  demand(
    made.some(({ kind }) => kind === 'object'),
    `The mappings make no object of records.make(1), so nothing would be sent. ${[...new Set(reasons)].join(' ')}`,
  )
  await results('records.change(records.make(1))', change(make(1)))
}

async function putAndLoad({ records, sourceModels }: Trial, model: string, record: TestRecord): Promise<SourceRecord> {
  records.put(model, record)
  const source = sourceModels.find(({ name }) => name === model)
  const loaded = await source?.load([record.id], { scope: '', signal: new AbortController().signal })
  return demand(loaded?.[0], `There is no ${model} "${record.id}" in this test.`)
}

function apply(
  mapping: ObjectMapping,
  record: SourceRecord,
  { origin, options, trial, isRoot }: { origin: string; options: ConformanceOptions; trial: Trial; isRoot: boolean },
): MappedResult[] {
  const { externalObjectTypes, listFieldJoiner } = options.provider
  const models = trial.roots.flatMap((root) => [root, ...root.nested])
  const sources = isRoot ? [{}] : (record.nested[mapping.sourceModel] ?? []).map((nestedRecord) => ({ nestedRecord }))
  try {
    return sources.map((source) =>
      applyMapping({
        mapping: withoutResults(mapping),
        record,
        ...source,
        fields: (name) => new Map(models.find((one) => one.name === name)?.fields.map((field) => [field.key, field])),
        objectType: externalObjectTypes.find(({ name }) => name === mapping.externalObjectType) ?? null,
        listFieldJoiner,
        mappedObjects: {},
        resolveReference: () => null,
      }),
    )
  } catch (error) {
    throw new Error(`The mapping "${mapping.key}" cannot be computed from ${origin}: ${messageOf(error)}`, {
      cause: error,
    })
  }
}

/** Without what is known only after something was sent. */
function withoutResults(mapping: ObjectMapping): ObjectMapping {
  const isKnown = ({ source }: NestedPropertyMapping): boolean => !('result' in source) && !('reference' in source)
  return {
    ...mapping,
    propertyMappings: mapping.propertyMappings.flatMap((property): PropertyMapping[] => {
      if (!('each' in property)) return isKnown(property) ? [property] : []
      const { each } = property
      return [{ ...property, each: { ...each, propertyMappings: each.propertyMappings.filter(isKnown) } }]
    }),
  }
}

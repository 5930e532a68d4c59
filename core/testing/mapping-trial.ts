// The source models of a test, and what mappings make of one of its records: found out without a push.
import { messageOf } from '../errors.ts'
import { applyMapping, type MappedResult } from '../mapping/apply-mapping.ts'
import type { MappableRootModel } from '../mapping/validate-mapping.ts'
import type { NestedPropertyMapping, ObjectMapping, PropertyMapping } from '../sdk/mapping.ts'
import type { SourceModel, SourceRecord } from '../sdk/source-model.ts'
import type { ConformanceOptions } from './conformance-options.ts'
import { demand } from './demand.ts'
import { orderModel } from './sample-order.ts'
import { createTestRecords, type TestRecord, type TestRecords } from './test-records.ts'

const scope = 'organizer:conformance'

export interface MappingTrial {
  roots: readonly MappableRootModel[]
  /** What is put here is read by the source models. */
  records: TestRecords
  sourceModels: readonly SourceModel[]
}

export async function openTrial({ models = [orderModel] }: ConformanceOptions): Promise<MappingTrial> {
  const { records, sourceModels } = createTestRecords({ models, scope })
  return { records, sourceModels, roots: await Promise.all(sourceModels.map(mappableModel)) }
}

async function mappableModel(model: SourceModel): Promise<MappableRootModel> {
  const nested = Object.entries(model.nested).map(async ([name, { inputs }]) => ({
    name,
    inputs,
    fields: await model.fields(name, scope),
  }))
  const { name, inputs } = model
  return { name, inputs, fields: await model.fields(name, scope), nested: await Promise.all(nested) }
}

/** The root model whose records are pushed. */
export function pushedModel({ models = [orderModel], records }: ConformanceOptions): string {
  return records?.model ?? models[0]?.name ?? ''
}

/** Those that make something of the records that are pushed. */
export function pushedMappings(options: ConformanceOptions, mappings: readonly ObjectMapping[]): ObjectMapping[] {
  const { models = [orderModel] } = options
  const root = models.find(({ name }) => name === pushedModel(options))
  const names = root ? [root.name, ...Object.keys(root.nested ?? {})] : []
  return mappings.filter(({ isEnabled, sourceModel }) => isEnabled && names.includes(sourceModel))
}

export interface MappedRecord {
  mapping: ObjectMapping
  result: MappedResult
}

/** @param origin of the record, for the sentence that tells of one that no mapping can be computed from */
export async function mapRecord(
  {
    options,
    trial,
    mappings,
  }: { options: ConformanceOptions; trial: MappingTrial; mappings: readonly ObjectMapping[] },
  origin: string,
  record: TestRecord,
): Promise<MappedRecord[]> {
  const model = pushedModel(options)
  const loaded = await putAndLoad(trial, model, record)
  return mappings.flatMap((mapping) =>
    apply(mapping, loaded, { origin, options, trial, isRoot: mapping.sourceModel === model }).map((result) => ({
      mapping,
      result,
    })),
  )
}

async function putAndLoad(
  { records, sourceModels }: MappingTrial,
  model: string,
  record: TestRecord,
): Promise<SourceRecord> {
  records.put(model, record)
  const source = sourceModels.find(({ name }) => name === model)
  const loaded = await source?.load([record.id], { scope: '', signal: new AbortController().signal })
  return demand(loaded?.[0], `There is no ${model} "${record.id}" in this test.`)
}

function apply(
  mapping: ObjectMapping,
  record: SourceRecord,
  {
    origin,
    options,
    trial,
    isRoot,
  }: { origin: string; options: ConformanceOptions; trial: MappingTrial; isRoot: boolean },
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

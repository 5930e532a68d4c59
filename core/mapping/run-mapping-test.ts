// What the mappings of a document make of the record of a test, in order, without a remote: what only a remote could say
// (its ids, the results of earlier mappings) is a placeholder. PURE.
import { isErrorKind, messageOf } from '../errors.ts'
import type { ExternalObjectType } from '../sdk/external-object-type.ts'
import type {
  MappingDocument,
  NestedPropertyMapping,
  ObjectMapping,
  Property,
  PropertyMapping,
} from '../sdk/mapping.ts'
import type { NestedRecord, SourceRecord } from '../sdk/source-model.ts'
import type { MappedObject } from '../sdk/sync-object.ts'
import { applyMapping } from './apply-mapping.ts'
import { resultKeysOf } from './results.ts'
import { recordOfTest, type TestRecord } from './test-record.ts'

export type TestedOutcome =
  | { kind: 'object'; externalObjectType: string; externalIdField: string; idValue: string; properties: Property[] }
  | { kind: 'skipped'; reason: string }
  /** No object can be made: the mapping does not fit the record. */
  | { kind: 'failed'; message: string }

export interface TestedObject {
  mappingKey: string
  /** Which of the nested records, from 1; null for the record itself. */
  position: number | null
  /** What the record, or the nested one, is called. */
  label: string
  outcome: TestedOutcome
}

export interface TestedProvider {
  externalObjectTypes: readonly ExternalObjectType[]
  listFieldJoiner: string | null
}

export function runMappingTest({
  test,
  document,
  provider: { externalObjectTypes, listFieldJoiner },
}: {
  test: TestRecord
  document: MappingDocument
  provider: TestedProvider
}): readonly TestedObject[] {
  const { record, fields } = recordOfTest(test)
  const mappings = document.filter(({ isEnabled }) => isEnabled)
  const tested: TestedObject[] = []
  const mappedObjects: Record<string, (MappedObject | null)[]> = Object.create(null)
  const failedKeys = new Set<string>()
  for (const given of mappings) {
    const mapping = withoutTransformsOfPlaceholders(given)
    const declared = externalObjectTypes.find(({ name }) => name === mapping.externalObjectType) ?? null
    const objectType = declared && takingPlaceholders(declared, mapping)
    const missing = resultKeysOf(mapping).find((key) => failedKeys.has(key))
    const paths = pathsOf(mappings, mapping.key)
    const results: (MappedObject | null)[] = []
    for (const { position, nestedRecord } of sourcesOf(mapping, test.model, record)) {
      const label = nestedRecord?.label ?? record.label
      const outcome = outcomeOf(mapping, missing, () =>
        applyMapping({
          mapping,
          record,
          ...(nestedRecord ? { nestedRecord } : {}),
          fields,
          objectType,
          listFieldJoiner,
          mappedObjects,
          resolveReference: (model, id) => `‹${model} ${id}›`,
        }),
      )
      tested.push({ mappingKey: mapping.key, position, label, outcome })
      if (outcome.kind === 'failed') failedKeys.add(mapping.key)
      results.push(outcome.kind === 'object' ? placeholderOf(mapping, { position, outcome, paths }) : null)
    }
    mappedObjects[mapping.key] = results
  }
  return tested

  function outcomeOf(
    { externalObjectType, externalIdField }: ObjectMapping,
    /** The key of a mapping whose result it needs and that failed. */
    missing: string | undefined,
    apply: () => ReturnType<typeof applyMapping>,
  ): TestedOutcome {
    if (missing !== undefined) {
      return { kind: 'failed', message: `It needs the result of the mapping "${missing}", which failed.` }
    }
    try {
      const result = apply()
      // Every reference has its placeholder, so none is waited for.
      if (result.kind === 'waiting') throw new Error(`The reference to ${result.reference.model} has no placeholder`)
      if (result.kind === 'skipped') return result
      return { ...result, externalObjectType, externalIdField }
    } catch (error) {
      if (!isErrorKind(error, 'MappingError')) throw error
      return { kind: 'failed', message: messageOf(error) }
    }
  }

  /** What it stands for is known only after it was sent: every value that a later mapping reads of it has a name instead. */
  function placeholderOf(
    { key, sourceModel }: ObjectMapping,
    {
      position,
      outcome: { externalObjectType, externalIdField, idValue },
      paths,
    }: { position: number | null; outcome: Extract<TestedOutcome, { kind: 'object' }>; paths: readonly string[] },
  ): MappedObject {
    const sourceId = String(position ?? record.id)
    const object: MappedObject = {
      action: 'created',
      ...{ sourceModel, sourceId, externalObjectType, externalIdField, idValue },
    }
    for (const path of paths) {
      putPlaceholder(object, path, `‹${path} of ${key}${position === null ? '' : ` ${position}`}›`)
    }
    return object
  }
}

interface TestedSource {
  position: number | null
  nestedRecord: NestedRecord | null
}

function sourcesOf(mapping: ObjectMapping, model: string, record: SourceRecord): TestedSource[] {
  if (mapping.sourceModel === model) return [{ position: null, nestedRecord: null }]
  const nested = Object.hasOwn(record.nested, mapping.sourceModel) ? (record.nested[mapping.sourceModel] ?? []) : []
  return nested.map((nestedRecord, index) => ({ position: index + 1, nestedRecord }))
}

const isPlaceholder = ({ source }: NestedPropertyMapping): boolean => 'result' in source || 'reference' in source

// A remote's id may be a number; what stands for it is not, and would be refused where a number is wanted.
function withoutTransformsOfPlaceholders(mapping: ObjectMapping): ObjectMapping {
  const plain = <Mapping extends NestedPropertyMapping>(property: Mapping): Mapping =>
    isPlaceholder(property) ? { ...property, transforms: [] } : property
  return {
    ...mapping,
    propertyMappings: mapping.propertyMappings.map((property): PropertyMapping => {
      if (!('each' in property)) return plain(property)
      return { ...property, each: { ...property.each, propertyMappings: property.each.propertyMappings.map(plain) } }
    }),
  }
}

function takingPlaceholders(objectType: ExternalObjectType, mapping: ObjectMapping): ExternalObjectType {
  const targets = new Set(
    mapping.propertyMappings.flatMap((property) =>
      'source' in property && isPlaceholder(property) ? [property.externalField] : [],
    ),
  )
  const fields = objectType.fields.map((field) => {
    const { options: _options, maxLength: _maxLength, ...rest } = field
    return targets.has(field.key) ? { ...rest, type: 'any' as const } : field
  })
  return { ...objectType, fields }
}

/** The values that mappings read of the results of one. */
function pathsOf(mappings: readonly ObjectMapping[], key: string): string[] {
  const sources = mappings.flatMap(({ propertyMappings }) =>
    propertyMappings.flatMap((property) =>
      'source' in property ? [property.source] : property.each.propertyMappings.map(({ source }) => source),
    ),
  )
  const paths = sources.flatMap((source) => ('result' in source && source.result === key ? [source.path] : []))
  // The deepest first: `customs.id` makes `customs` the object that holds it.
  return [...new Set(paths)].sort((left, right) => right.split('.').length - left.split('.').length)
}

function putPlaceholder(object: object, path: string, text: string): void {
  const names = path.split('.')
  const last = names.pop() ?? ''
  let holder: object = object
  for (const name of names) {
    if (!Object.hasOwn(holder, name)) Reflect.set(holder, name, {})
    const inner: unknown = Reflect.get(holder, name)
    if (typeof inner !== 'object' || inner === null) return
    holder = inner
  }
  if (!Object.hasOwn(holder, last)) Reflect.set(holder, last, text)
}

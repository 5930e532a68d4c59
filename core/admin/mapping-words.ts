// A mapping as a person reads it: which record becomes which object, and property by property what goes where.
import type { Catalog } from '../registry/catalog.ts'
import type { ExternalObjectType } from '../sdk/external-object-type.ts'
import type { Log } from '../sdk/log.ts'
import type { MappingMode, NestedPropertyMapping, ObjectMapping, PropertyMapping, UpdateMode } from '../sdk/mapping.ts'
import { loadMappingLabels, type MappingLabels } from './mapping-labels.ts'
import { conditionWords, transformWords } from './transform-words.ts'

export interface PropertyWords {
  target: string
  source: string
  mode: string
  /** Properties of each entry of a list. */
  nested: readonly PropertyWords[]
}

export interface MappingWords {
  key: string
  title: string
  isEnabled: boolean
  sentences: readonly string[]
  properties: readonly PropertyWords[]
}

interface Labels extends Pick<MappingLabels, 'model' | 'field'> {
  objectType: string
  externalField(key: string): string
}

export async function mappingWords(
  mappings: readonly ObjectMapping[],
  options: {
    catalog: Pick<Catalog, 'sourceModelOf'>
    scope: string
    objectTypes: readonly ExternalObjectType[]
    log: Log
  },
): Promise<readonly MappingWords[]> {
  const labels = await loadMappingLabels(mappings, options)
  return mappings.map((mapping) =>
    describe(mapping, {
      ...labels,
      objectType: labels.objectType(mapping.externalObjectType),
      externalField: (key) => labels.externalField(mapping.externalObjectType, key),
    }),
  )
}

const modeSentences: Readonly<Record<MappingMode, (model: string, object: string) => string>> = {
  upsert: (model, object) => `Each ${model} creates or updates one ${object}.`,
  create: (model, object) => `Each ${model} creates one ${object}, which is not changed afterwards.`,
  update: (model, object) => `Each ${model} updates its ${object}; none is created.`,
  find: (model, object) => `For each ${model} the ${object} is only looked up, for the mappings after it.`,
}

export const updateModeWords: Readonly<Record<UpdateMode, string>> = {
  overwrite: 'always',
  if_new: 'when it is created',
  if_empty: 'where it is empty',
  append: 'added to the list',
}

function describe(mapping: ObjectMapping, labels: Labels): MappingWords {
  const model = labels.model(mapping.sourceModel)
  const field = (key: string) => labels.field(mapping.sourceModel, key)
  const { whenNoLonger } = mapping
  return {
    key: mapping.key,
    title: `${model} to ${labels.objectType}`,
    isEnabled: mapping.isEnabled,
    sentences: [
      modeSentences[mapping.mode](model, labels.objectType),
      `It is recognised by ${labels.externalField(mapping.externalIdField)}, which holds ${field(mapping.sourceIdField)}; where that is empty, nothing is sent.`,
      mapping.when ? `Only when ${conditionWords(mapping.when, field)}.` : '',
      whenNoLonger === 'delete'
        ? `When it no longer applies, the ${labels.objectType} is deleted.`
        : whenNoLonger === 'keep'
          ? ''
          : `When it no longer applies, ${whenNoLonger.update.map(({ externalField }) => labels.externalField(externalField)).join(', ')} is set.`,
    ].filter(Boolean),
    properties: mapping.propertyMappings.map((property) => propertyWords(property, mapping.sourceModel, labels)),
  }
}

function propertyWords(property: PropertyMapping, model: string, labels: Labels): PropertyWords {
  const target = labels.externalField(property.externalField)
  const mode = updateModeWords[property.updateMode]
  if ('each' in property) {
    const { nestedModel, propertyMappings } = property.each
    return {
      target,
      source: `a list with one entry for each ${labels.model(nestedModel)}`,
      mode,
      nested: propertyMappings.map((one) => ({
        // The entries of a list are no fields of the object type.
        target: one.externalField,
        source: sourceWords(one, nestedModel, labels),
        mode: updateModeWords[one.updateMode],
        nested: [],
      })),
    }
  }
  return { target, source: sourceWords(property, model, labels), mode, nested: [] }
}

function sourceWords(property: NestedPropertyMapping, model: string, labels: Labels): string {
  const mapCount = Object.keys(property.valueMap ?? {}).length
  return [
    plainSource(property, model, labels),
    mapCount > 0 ? `${mapCount} ${mapCount === 1 ? 'value' : 'values'} translated` : '',
    ...property.transforms.map(transformWords),
  ]
    .filter(Boolean)
    .join(', ')
}

/** Where a value comes from, before anything is done to it. */
export function plainSource(
  { source }: Pick<NestedPropertyMapping, 'source'>,
  model: string,
  labels: Pick<MappingLabels, 'model' | 'field'>,
): string {
  if ('field' in source) return labels.field(model, source.field)
  if ('constant' in source) {
    return typeof source.constant === 'string' ? `the text “${source.constant}”` : JSON.stringify(source.constant)
  }
  if ('template' in source) return `the text “${source.template}”, filled in`
  if ('result' in source) return `${source.path} of what the mapping “${source.result}” got back`
  return `the object of the ${labels.model(source.reference)} named by ${labels.field(model, source.idField)}`
}

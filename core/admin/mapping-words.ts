// A mapping as a person reads it: which record becomes which object, and property by property what goes where.
import { messageOf } from '../errors.ts'
import type { Catalog } from '../registry/catalog.ts'
import type { ExternalObjectType } from '../sdk/external-object-type.ts'
import type { Log } from '../sdk/log.ts'
import type { MappingMode, NestedPropertyMapping, ObjectMapping, PropertyMapping, UpdateMode } from '../sdk/mapping.ts'
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

interface Labels {
  model(name: string): string
  /** A field of a source model. */
  field(model: string, key: string): string
  objectType: string
  externalField(key: string): string
}

export async function mappingWords(
  mappings: readonly ObjectMapping[],
  {
    catalog,
    scope,
    objectTypes,
    log,
  }: {
    catalog: Pick<Catalog, 'sourceModelOf'>
    scope: string
    objectTypes: readonly ExternalObjectType[]
    log: Log
  },
): Promise<readonly MappingWords[]> {
  const fieldLabels = await loadFieldLabels(mappings, { catalog, scope, log })
  const modelLabel = (name: string): string => {
    const model = catalog.sourceModelOf(name)
    return (model?.name === name ? model.label : model?.nested[name]?.label) ?? name
  }
  return mappings.map((mapping) => {
    const type = objectTypes.find(({ name }) => name === mapping.externalObjectType)
    return describe(mapping, {
      model: modelLabel,
      field: (model, key) => fieldLabels.get(`${model}/${key}`) ?? key,
      objectType: type?.label ?? mapping.externalObjectType,
      externalField: (key) => type?.fields.find((field) => field.key === key)?.label ?? key,
    })
  })
}

const modeSentences: Readonly<Record<MappingMode, (model: string, object: string) => string>> = {
  upsert: (model, object) => `Each ${model} creates or updates one ${object}.`,
  create: (model, object) => `Each ${model} creates one ${object}, which is not changed afterwards.`,
  update: (model, object) => `Each ${model} updates its ${object}; none is created.`,
  find: (model, object) => `For each ${model} the ${object} is only looked up, for the mappings after it.`,
}

const updateModeWords: Readonly<Record<UpdateMode, string>> = {
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

function plainSource({ source }: NestedPropertyMapping, model: string, labels: Labels): string {
  if ('field' in source) return labels.field(model, source.field)
  if ('constant' in source) {
    return typeof source.constant === 'string' ? `the text “${source.constant}”` : JSON.stringify(source.constant)
  }
  if ('template' in source) return `the text “${source.template}”, filled in`
  if ('result' in source) return `${source.path} of what the mapping “${source.result}” got back`
  return `the object of the ${labels.model(source.reference)} named by ${labels.field(model, source.idField)}`
}

async function loadFieldLabels(
  mappings: readonly ObjectMapping[],
  { catalog, scope, log }: { catalog: Pick<Catalog, 'sourceModelOf'>; scope: string; log: Log },
): Promise<ReadonlyMap<string, string>> {
  const models = new Set(mappings.flatMap((mapping) => [mapping.sourceModel, ...nestedModelsOf(mapping)]))
  const lists = await Promise.all(
    [...models].map(async (name) => {
      try {
        const fields = (await catalog.sourceModelOf(name)?.fields(name, scope)) ?? []
        return fields.map((field) => [`${name}/${field.key}`, field.label] as const)
      } catch (error) {
        // The keys are shown instead; the page is worth more than its labels.
        log.warn({ model: name, scope, error: messageOf(error) }, 'The host could not name its fields')
        return []
      }
    }),
  )
  return new Map(lists.flat())
}

function nestedModelsOf(mapping: ObjectMapping): string[] {
  return mapping.propertyMappings.flatMap((property) => ('each' in property ? [property.each.nestedModel] : []))
}

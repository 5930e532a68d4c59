// A mapping in the nesting of its form, and back. Keys of fields are shown by their labels; what the form does not ask for
// (the key, whether it is switched on) stays as it is stored. PURE.
import type {
  Condition,
  NestedPropertyMapping,
  ObjectMapping,
  PropertyMapping,
  PropertySource,
} from '../../sdk/mapping.ts'
import type { ConditionTest, EditorLists } from './editor-schema.ts'
import type { FieldList } from './field-list.ts'

export interface EditedMapping {
  sourceIdField: string
  externalIdField: string
  mode: string
  when: EditedCondition
  whenNoLonger: { kind: 'keep' | 'delete' } | { kind: 'update'; properties: readonly EditedProperty[] }
  properties: readonly EditedProperty[]
}

type EditedCondition =
  | { kind: 'always' }
  | { kind: 'all' | 'any'; rules: readonly EditedRule[] }
  | { kind: 'json'; condition: unknown }

interface EditedRule {
  field: string
  test: ConditionTest
  value?: string | undefined
}

export interface EditedProperty {
  externalField: string
  from: EditedSource
  updateMode: string
  transforms: readonly unknown[]
  options?: unknown
}

export type EditedSource =
  | { kind: 'field'; field: string }
  | { kind: 'constant'; constant: string }
  | { kind: 'template'; template: string }
  | { kind: 'json'; json: unknown }
  | { kind: 'result'; result: string; path: string }
  | { kind: 'reference'; reference: string; idField: string }
  | { kind: `each_${number}`; properties: readonly EditedProperty[] }

/** What becomes of the options of a choice field, and of which field that was said. */
export interface EditedOptions {
  field: string
  valueMap?: Readonly<Record<string, unknown>>
  default?: unknown
}

/** For the form. */
export function toEdited(mapping: ObjectMapping, lists: EditorLists): EditedMapping {
  const { whenNoLonger } = mapping
  return {
    sourceIdField: lists.source.labelOf(mapping.sourceIdField),
    // A choice where the object type names its id fields, else a label to type.
    externalIdField: mapping.externalIdField,
    mode: mapping.mode,
    when: toEditedCondition(mapping.when, lists.source),
    whenNoLonger:
      typeof whenNoLonger === 'string'
        ? { kind: whenNoLonger }
        : {
            kind: 'update',
            properties: whenNoLonger.update.map((one) => toEditedProperty(one, lists.source, lists.external)),
          },
    properties: mapping.propertyMappings.map((one) => toEditedAny(one, lists)),
  }
}

function toEditedAny(property: PropertyMapping, lists: EditorLists): EditedProperty {
  if ('source' in property) return toEditedProperty(property, lists.source, lists.external)
  const { nestedModel, propertyMappings } = property.each
  const index = lists.nested.findIndex(({ name }) => name === nestedModel)
  const list = lists.nested[index]?.list
  return {
    externalField: lists.external.labelOf(property.externalField),
    from: {
      kind: `each_${index}`,
      properties: propertyMappings.map((one) => toEditedProperty(one, list ?? lists.source, null)),
    },
    updateMode: property.updateMode,
    transforms: [],
  }
}

function toEditedProperty(
  property: NestedPropertyMapping,
  source: FieldList,
  external: FieldList | null,
): EditedProperty {
  const { externalField, updateMode, transforms, valueMap, valueMapDefault } = property
  const field = 'field' in property.source ? property.source.field : ''
  const options: EditedOptions | undefined =
    valueMap === undefined && valueMapDefault === undefined
      ? undefined
      : {
          field,
          ...(valueMap === undefined ? {} : { valueMap }),
          ...(valueMapDefault === undefined ? {} : { default: valueMapDefault }),
        }
  return {
    externalField: external?.labelOf(externalField) ?? externalField,
    from: toEditedSource(property.source, source),
    updateMode,
    transforms,
    ...(options === undefined ? {} : { options }),
  }
}

function toEditedSource(source: PropertySource, list: FieldList): EditedSource {
  if ('field' in source) return { kind: 'field', field: list.labelOf(source.field) }
  if ('template' in source) return { kind: 'template', template: source.template }
  if ('result' in source) return { kind: 'result', result: source.result, path: source.path }
  if ('reference' in source) {
    return { kind: 'reference', reference: source.reference, idField: list.labelOf(source.idField) }
  }
  const { constant } = source
  return typeof constant === 'string' ? { kind: 'constant', constant } : { kind: 'json', json: constant }
}

function toEditedCondition(condition: Condition | null, list: FieldList): EditedCondition {
  if (condition === null) return { kind: 'always' }
  const [kind, parts]: ['all' | 'any', readonly Condition[]] =
    'all' in condition ? ['all', condition.all] : 'any' in condition ? ['any', condition.any] : ['all', [condition]]
  const rules = parts.map((part) => toEditedRule(part, list))
  const isPlain = rules.length > 0 && rules.every((one) => one !== null)
  return isPlain ? { kind, rules: rules.filter((one) => one !== null) } : { kind: 'json', condition }
}

/** Null for what the form has no fields for. */
function toEditedRule(condition: Condition, list: FieldList): EditedRule | null {
  if ('all' in condition || 'any' in condition || 'not' in condition) return null
  const field = list.labelOf(condition.field)
  if ('is' in condition) return { field, test: condition.is }
  if ('oneOf' in condition) {
    // A line each, without spaces around them.
    const areLines = condition.oneOf.every((text) => text === text.trim() && text !== '' && !/[\r\n]/.test(text))
    return areLines ? { field, test: 'one_of', value: condition.oneOf.join('\n') } : null
  }
  return { field, test: condition.operator, value: String(condition.value) }
}

/** A mapping as the schema of mappings takes it, which has still to check it. */
export function fromEdited(
  edited: EditedMapping,
  { stored, lists }: { stored: Pick<ObjectMapping, keyof ObjectMapping>; lists: EditorLists },
): unknown {
  const { key, scope, isEnabled, sourceModel, externalObjectType } = stored
  const nested = (one: EditedProperty) => fromEditedProperty(one, lists.source, lists.external)
  return {
    ...{ key, scope, isEnabled, sourceModel, externalObjectType },
    mode: edited.mode,
    when: fromEditedCondition(edited.when, lists.source),
    whenNoLonger:
      edited.whenNoLonger.kind === 'update'
        ? { update: edited.whenNoLonger.properties.map(nested) }
        : edited.whenNoLonger.kind,
    sourceIdField: lists.source.keyOf(edited.sourceIdField),
    externalIdField: lists.external.keyOf(edited.externalIdField),
    propertyMappings: edited.properties.map((one) => {
      const { from } = one
      const list = nestedListOf(from.kind, lists)
      if (!('properties' in from) || !list) return nested(one)
      return {
        externalField: lists.external.keyOf(one.externalField),
        each: {
          nestedModel: list.name,
          propertyMappings: from.properties.map((item) => fromEditedProperty(item, list.list, null)),
        },
        updateMode: one.updateMode,
      }
    }),
  }
}

/** The nested model that a list has an entry for each of. */
export function nestedListOf(kind: string, lists: EditorLists): EditorLists['nested'][number] | undefined {
  return kind.startsWith('each_') ? lists.nested[Number(kind.slice('each_'.length))] : undefined
}

function fromEditedProperty(edited: EditedProperty, list: FieldList, external: FieldList | null): unknown {
  const source = fromEditedSource(edited.from, list)
  return {
    externalField: external?.keyOf(edited.externalField) ?? edited.externalField,
    source,
    ...optionsFor(edited.options, source),
    transforms: edited.transforms,
    updateMode: edited.updateMode,
  }
}

// What was said of the options of one field means nothing to another one.
function optionsFor(options: unknown, source: unknown): object {
  const { field, valueMap, default: valueMapDefault }: Partial<EditedOptions> = Object(options)
  if (field === undefined || field !== (Reflect.get(Object(source), 'field') ?? '')) return {}
  return {
    ...(valueMap === undefined ? {} : { valueMap }),
    ...(valueMapDefault === undefined ? {} : { valueMapDefault }),
  }
}

function fromEditedSource(source: EditedSource, list: FieldList): unknown {
  switch (source.kind) {
    case 'field':
      return { field: list.keyOf(source.field) }
    case 'constant':
      return { constant: source.constant }
    case 'template':
      return { template: source.template }
    case 'json':
      return { constant: source.json }
    case 'result':
      return { result: source.result, path: source.path }
    case 'reference':
      return { reference: source.reference, idField: list.keyOf(source.idField) }
    default:
      // A list within a list: the form does not offer it.
      return {}
  }
}

function fromEditedCondition(when: EditedCondition, list: FieldList): unknown {
  if (when.kind === 'always') return null
  if (when.kind === 'json') return when.condition ?? null
  const rules = when.rules.map((one) => fromEditedRule(one, list))
  return rules.length === 1 ? rules[0] : { [when.kind]: rules }
}

function fromEditedRule({ field: label, test, value = '' }: EditedRule, list: FieldList): unknown {
  const field = list.keyOf(label)
  if (test === 'empty' || test === 'not_empty') return { field, is: test }
  if (test === 'one_of') {
    const lines = value.split('\n').map((line) => line.trim())
    return { field, oneOf: lines.filter((line) => line !== '') }
  }
  return { field, operator: test, value }
}

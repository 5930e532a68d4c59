// A mapping document for another scope: questions, lists and the like have other keys there, so fields that do not exist
// are looked for by what people call them, and options of choices likewise. What is not found, or found more than once,
// keeps its key, and the validation says that there is no such field. PURE.
import { isErrorKind } from '../errors.ts'
import type { Condition, MappingDocument, NestedPropertyMapping, PropertyMapping } from '../sdk/mapping.ts'
import type { FieldOption, SourceField } from '../sdk/source-model.ts'
import { parseTemplate } from './template.ts'
import type { MappableModel, MappableRootModel } from './validation-context.ts'

export interface FieldTranslation {
  model: string
  /** What both fields are called. */
  label: string
  from: string
  to: string
}

export interface TranslatedMappings {
  document: MappingDocument
  /** Each once, however often the field is used. */
  translations: readonly FieldTranslation[]
}

export function translateFields(
  document: MappingDocument,
  scopes: { from: readonly MappableRootModel[]; to: readonly MappableRootModel[] },
): TranslatedMappings {
  const translations = new Map<string, FieldTranslation>()
  const found = (translation: FieldTranslation) =>
    void translations.set(`${translation.model}/${translation.from}`, translation)
  return {
    document: document.map((mapping) => {
      const keys = createKeys(mapping.sourceModel, scopes, found)
      const { whenNoLonger } = mapping
      return {
        ...mapping,
        sourceIdField: keys.field(mapping.sourceIdField),
        when: mapping.when && translateCondition(mapping.when, keys),
        whenNoLonger:
          typeof whenNoLonger === 'string'
            ? whenNoLonger
            : { update: whenNoLonger.update.map((property) => translateProperty(property, keys)) },
        propertyMappings: mapping.propertyMappings.map((property) =>
          translateOuter(property, keys, (nestedModel) => createKeys(nestedModel, scopes, found)),
        ),
      }
    }),
    translations: [...translations.values()],
  }
}

/** The keys of one model, there. */
interface Keys {
  field(key: string): string
  option(field: string, key: string): string
}

function createKeys(
  name: string,
  { from, to }: { from: readonly MappableRootModel[]; to: readonly MappableRootModel[] },
  found: (translation: FieldTranslation) => void,
): Keys {
  const [here, there] = [modelOf(from, name), modelOf(to, name)]
  const hereOf = (key: string) => here?.fields.find((field) => field.key === key)
  function thereOf(key: string): SourceField | undefined {
    const known = there?.fields.find((field) => field.key === key)
    const own = hereOf(key)
    // Fields that are not listed may be there under any key.
    if (known || !own || !there || there.mayHaveOthers) return known
    const alike = there.fields.filter(({ label, type }) => label === own.label && type === own.type)
    return alike.length === 1 ? alike[0] : undefined
  }
  return {
    field(key) {
      const field = thereOf(key)
      if (!field || field.key === key) return key
      found({ model: name, label: field.label, from: key, to: field.key })
      return field.key
    },
    option: (field, key) => translateOption(hereOf(field)?.options ?? [], thereOf(field)?.options ?? [], key),
  }
}

function modelOf(models: readonly MappableRootModel[], name: string): MappableModel | undefined {
  return (
    models.find((model) => model.name === name) ??
    models.flatMap(({ nested }) => nested).find((model) => model.name === name)
  )
}

function translateOption(here: readonly FieldOption[], there: readonly FieldOption[], key: string): string {
  if (there.some((option) => option.key === key)) return key
  const label = here.find((option) => option.key === key)?.label
  const alike = there.filter((option) => option.label === label)
  return alike.length === 1 ? (alike[0]?.key ?? key) : key
}

function translateCondition(condition: Condition, keys: Keys): Condition {
  if ('all' in condition) return { all: condition.all.map((one) => translateCondition(one, keys)) }
  if ('any' in condition) return { any: condition.any.map((one) => translateCondition(one, keys)) }
  if ('not' in condition) return { not: translateCondition(condition.not, keys) }
  const field = keys.field(condition.field)
  if ('is' in condition) return { ...condition, field }
  if ('oneOf' in condition) return { field, oneOf: condition.oneOf.map((key) => keys.option(condition.field, key)) }
  const { operator, value } = condition
  // Beginnings, endings and parts of a text are no keys of options.
  const isWhole = typeof value === 'string' && (operator === 'equals' || operator === 'not_equals')
  return { field, operator, value: isWhole ? keys.option(condition.field, value) : value }
}

function translateOuter(property: PropertyMapping, keys: Keys, keysOf: (model: string) => Keys): PropertyMapping {
  if (!('each' in property)) return translateProperty(property, keys)
  const { nestedModel, propertyMappings } = property.each
  const nestedKeys = keysOf(nestedModel)
  return {
    ...property,
    each: { nestedModel, propertyMappings: propertyMappings.map((one) => translateProperty(one, nestedKeys)) },
  }
}

function translateProperty(property: NestedPropertyMapping, keys: Keys): NestedPropertyMapping {
  const { source, valueMap } = property
  if ('template' in source) return { ...property, source: { template: translateTemplate(source.template, keys) } }
  if ('reference' in source) return { ...property, source: { ...source, idField: keys.field(source.idField) } }
  if (!('field' in source)) return property
  const translated = { ...property, source: { field: keys.field(source.field) } }
  return valueMap ? { ...translated, valueMap: translateValues(valueMap, source.field, keys) } : translated
}

function translateValues(
  valueMap: NonNullable<NestedPropertyMapping['valueMap']>,
  field: string,
  keys: Keys,
): NonNullable<NestedPropertyMapping['valueMap']> {
  const options = new Map(Object.entries(valueMap))
  const translated = new Map<string, (typeof valueMap)[string]>()
  for (const [key, value] of options) {
    const option = keys.option(field, key)
    // Two that became one would lose a value; the second keeps its key, and the validation tells it.
    const isFree = !translated.has(option) && (option === key || !options.has(option))
    translated.set(isFree ? option : key, value)
  }
  return Object.fromEntries(translated)
}

function translateTemplate(template: string, keys: Keys): string {
  const escaped = (text: string) => text.replaceAll(/[{}]/g, '$&$&')
  try {
    const parts = parseTemplate(template)
    return parts.map((part) => ('text' in part ? escaped(part.text) : `{${keys.field(part.field)}}`)).join('')
  } catch (error) {
    // It could not be filled before either, and the validation says why.
    if (!isErrorKind(error, 'MappingError')) throw error
    return template
  }
}

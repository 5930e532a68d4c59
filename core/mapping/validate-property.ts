// What is wrong with one property of a mapping: where it comes from, what is done to it, where it goes. PURE.
import { isErrorKind, messageOf } from '../errors.ts'
import type { ExternalField } from '../sdk/external-object-type.ts'
import type { NestedPropertyMapping, PropertyMapping, PropertySource } from '../sdk/mapping.ts'
import { didYouMean } from '../sdk/near-name.ts'
import type { SourceField } from '../sdk/source-model.ts'
import { canConvert, convertValue } from './conversions.ts'
import { findExternalField, noSuchField, undeclaredField } from './external-fields.ts'
import { parseTemplate } from './template.ts'
import { applyTransforms } from './transforms.ts'
import { findField, type MappableModel, modelNames, type ValidationContext } from './validation-context.ts'

type EachMapping = Extract<PropertyMapping, { each: unknown }>

export function validateProperty(property: PropertyMapping, path: string, context: ValidationContext): void {
  const to = checkExternalField(property, path, context)
  if ('each' in property) validateEach(property, to, path, context)
  else validateSource(property, to, path, context)
}

// A field that is not known is reported once, and what is assigned to it is judged as if it took anything.
function checkExternalField(property: PropertyMapping, path: string, context: ValidationContext): ExternalField {
  const { objectType, input, report } = context
  const { externalField, updateMode } = property
  const field = findExternalField(objectType, externalField)
  if (field === null) report(`${path}.externalField`, noSuchField(objectType, externalField))
  const modes = field?.updateModes ?? input.updateModes
  if (!modes.includes(updateMode)) {
    report(
      `${path}.updateMode`,
      `"${externalField}" cannot be written by "${updateMode}", only by ${modes.join(', ')}.`,
    )
  }
  return field ?? undeclaredField(externalField)
}

function validateEach({ each }: EachMapping, to: ExternalField, path: string, context: ValidationContext): void {
  const { model, nested, report } = context
  if (!canConvert('each', to.type)) {
    report(`${path}.externalField`, `"${to.key}" (${to.type}) cannot hold a list of objects.`)
  }
  const nestedModel: MappableModel | undefined = nested.find(({ name }) => name === each.nestedModel)
  if (nestedModel === undefined) {
    const names = nested.map(({ name }) => name)
    report(
      `${path}.each.nestedModel`,
      `${model.name} has no nested model "${each.nestedModel}".${didYouMean(each.nestedModel, names)}`,
    )
    return
  }
  const fields = new Map(nestedModel.fields.map((field) => [field.key, field]))
  for (const [index, property] of each.propertyMappings.entries()) {
    const itemPath = `${path}.each.propertyMappings.${index}`
    validateSource(property, undeclaredField(property.externalField), itemPath, {
      ...context,
      model: nestedModel,
      fields,
    })
  }
}

function validateSource(
  property: NestedPropertyMapping,
  to: ExternalField,
  path: string,
  context: ValidationContext,
): void {
  const { source } = property
  const field = 'field' in source ? findField(context, source.field, `${path}.source.field`) : undefined
  if ('template' in source) checkTemplate(source.template, `${path}.source.template`, context)
  if ('result' in source) checkResult(source.result, `${path}.source.result`, context)
  if ('reference' in source) checkReference(source, `${path}.source`, context)
  if ('constant' in source) checkConstant(property, source.constant, to, `${path}.source.constant`, context)
  checkValueMap(property, field, path, context)
  // A value map or a transform can make anything of a value; only what goes straight through is judged by its type.
  const isStraight = property.transforms.length === 0 && property.valueMap === undefined
  if (field !== undefined && isStraight && !canConvert(field.type, to.type)) {
    context.report(
      `${path}.externalField`,
      `"${field.label}" (${field.type}) can never be written to "${to.key}" (${to.type}). Choose another field.`,
    )
  }
}

function checkTemplate(template: string, path: string, context: ValidationContext): void {
  attempt(path, context, () => {
    for (const part of parseTemplate(template)) if ('field' in part) findField(context, part.field, path)
  })
}

function checkResult(key: string, path: string, { input, index, report }: ValidationContext): void {
  const keys = input.document.map((mapping) => mapping.key)
  const position = keys.indexOf(key)
  if (position < 0) report(path, `There is no mapping "${key}".${didYouMean(key, keys.slice(0, index))}`)
  else if (position === index) report(path, 'A mapping cannot use its own result.')
  else if (position > index) report(path, `The mapping "${key}" comes later. Move it above this one.`)
  else if (!input.document[position]?.isEnabled) report(path, `The mapping "${key}" is switched off.`)
}

function checkReference(
  { reference, idField }: Extract<PropertySource, { reference: string }>,
  path: string,
  context: ValidationContext,
): void {
  const names = modelNames(context.input.models)
  if (!names.includes(reference)) {
    context.report(
      `${path}.reference`,
      `The source model "${reference}" does not exist.${didYouMean(reference, names)}`,
    )
  }
  findField(context, idField, `${path}.idField`)
}

function checkConstant(
  { transforms, externalField }: NestedPropertyMapping,
  constant: Extract<PropertySource, { constant: unknown }>['constant'],
  to: ExternalField,
  path: string,
  context: ValidationContext,
): void {
  attempt(path, context, () => {
    const value = applyTransforms(constant, transforms, externalField)
    // Which joiner the provider has makes no difference to whether the value can be converted.
    convertValue(value, { from: 'any', to, joiner: ',', origin: 'constant' })
  })
}

function checkValueMap(
  { source, valueMap, valueMapDefault }: NestedPropertyMapping,
  field: SourceField | undefined,
  path: string,
  { report }: ValidationContext,
): void {
  const mapped = Object.keys(valueMap ?? {})
  if (field === undefined && 'field' in source) return
  if (mapped.length === 0) {
    if (valueMapDefault !== undefined) {
      report(`${path}.valueMapDefault`, 'A default for options needs a value mapping. Map at least one option.')
    }
    return
  }
  const options = field?.options?.map(({ key }) => key) ?? []
  if (options.length === 0) {
    report(`${path}.valueMap`, 'Only a field with options can have a value mapping.')
    return
  }
  for (const key of mapped) {
    if (options.includes(key)) continue
    report(`${path}.valueMap.${key}`, `"${field?.label}" has no option "${key}".${didYouMean(key, options)}`)
  }
  const missing = options.filter((key) => !mapped.includes(key))
  if (missing.length === 0 || valueMapDefault !== undefined) return
  report(`${path}.valueMap`, `Say what becomes of ${missing.map((key) => `"${key}"`).join(', ')}, or give a default.`)
}

function attempt(path: string, { report }: ValidationContext, check: () => void): void {
  try {
    check()
  } catch (error) {
    if (!isErrorKind(error, 'MappingError')) throw error
    report(path, messageOf(error))
  }
}

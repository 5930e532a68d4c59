// What is wrong with a mapping document before any record meets it: names that do not exist, an order that cannot work,
// required properties left out. The schema has judged its shape already. PURE; every problem carries the path of the field
// at fault (`0.propertyMappings.2.source.field`), for the editor and the import of a file.
import type { ExternalObjectType } from '../sdk/external-object-type.ts'
import type { ObjectMapping } from '../sdk/mapping.ts'
import { didYouMean } from '../sdk/near-name.ts'
import { validateCondition } from './validate-condition.ts'
import { validateProperty } from './validate-property.ts'
import {
  findField,
  type MappingProblem,
  modelNames,
  type ValidationContext,
  type ValidationInput,
} from './validation-context.ts'

export type { MappableModel, MappableRootModel, MappingProblem, ValidationInput } from './validation-context.ts'

/** Nothing when the document can be published. A mapping that is switched off only needs a key of its own. */
export function validateMapping(input: ValidationInput): MappingProblem[] {
  const problems: MappingProblem[] = []
  const indexByKey = new Map<string, number>()
  for (const [index, mapping] of input.document.entries()) {
    const report = (path: string, message: string): void => {
      problems.push({ path: `${index}.${path}`, message })
    }
    const first = indexByKey.get(mapping.key)
    if (first === undefined) indexByKey.set(mapping.key, index)
    else report('key', `The key "${mapping.key}" is taken by mapping ${first + 1}. Give every mapping its own key.`)
    if (mapping.isEnabled) validateObjectMapping(input, mapping, index, report)
  }
  return problems
}

function validateObjectMapping(
  input: ValidationInput,
  mapping: ObjectMapping,
  index: number,
  report: ValidationContext['report'],
): void {
  const objectType = findObjectType(input.objectTypes, mapping, report)
  if (objectType !== null) {
    checkIdField(objectType, mapping, report)
    checkRequiredFields(objectType, mapping, report)
  }
  const root = input.models.find(({ name }) => name === mapping.sourceModel)
  const model = root ?? input.models.flatMap(({ nested }) => nested).find(({ name }) => name === mapping.sourceModel)
  if (model === undefined) {
    const hint = didYouMean(mapping.sourceModel, modelNames(input.models))
    report('sourceModel', `The source model "${mapping.sourceModel}" does not exist.${hint}`)
    return
  }
  const context: ValidationContext = {
    input,
    mapping,
    index,
    model,
    fields: new Map(model.fields.map((field) => [field.key, field])),
    nested: root?.nested ?? [],
    objectType,
    report,
  }
  findField(context, mapping.sourceIdField, 'sourceIdField')
  if (mapping.when !== null) validateCondition(mapping.when, 'when', context)
  for (const [position, property] of mapping.propertyMappings.entries()) {
    validateProperty(property, `propertyMappings.${position}`, context)
  }
  if (typeof mapping.whenNoLonger === 'string') return
  for (const [position, property] of mapping.whenNoLonger.update.entries()) {
    validateProperty(property, `whenNoLonger.update.${position}`, context)
  }
}

function findObjectType(
  objectTypes: readonly ExternalObjectType[],
  { externalObjectType: wanted }: ObjectMapping,
  report: ValidationContext['report'],
): ExternalObjectType | null {
  const objectType = objectTypes.find(({ name }) => name === wanted)
  if (objectType !== undefined || objectTypes.length === 0) return objectType ?? null
  const names = objectTypes.map(({ name }) => name)
  const hint = didYouMean(wanted, names) || ` Choose one of ${names.join(', ')}.`
  report('externalObjectType', `The external object type "${wanted}" does not exist.${hint}`)
  return null
}

function checkIdField(
  { name, idFields }: ExternalObjectType,
  { externalIdField }: ObjectMapping,
  report: ValidationContext['report'],
): void {
  if (idFields.includes(externalIdField)) return
  const hint = didYouMean(externalIdField, idFields) || ` Choose one of ${idFields.join(', ')}.`
  report('externalIdField', `A "${name}" cannot be matched on "${externalIdField}".${hint}`)
}

function checkRequiredFields(
  objectType: ExternalObjectType,
  { mode, externalIdField, propertyMappings }: ObjectMapping,
  report: ValidationContext['report'],
): void {
  if (mode === 'update' || mode === 'find') return
  const written = new Set([externalIdField, ...propertyMappings.map(({ externalField }) => externalField)])
  for (const { key, label, isRequired } of objectType.fields) {
    if (!isRequired || written.has(key)) continue
    report('propertyMappings', `A "${objectType.name}" needs "${label}" (${key}): add a property for it.`)
  }
}

// What the parts of a mapping document are checked against, and the two look-ups they share. PURE.
import type { ExternalObjectType } from '../sdk/external-object-type.ts'
import type { MappingDocument, ObjectMapping, UpdateMode } from '../sdk/mapping.ts'
import { didYouMean } from '../sdk/near-name.ts'
import type { SourceField } from '../sdk/source-model.ts'

export interface MappingProblem {
  path: string
  message: string
}

/** A source model, or a nested one, as it stands in the scope that the document is for. */
export interface MappableModel {
  name: string
  /** The inputs that its fields may require. */
  inputs: readonly string[]
  fields: readonly SourceField[]
  /** There may be fields that are not listed, so that one of them is no problem. @default false */
  mayHaveOthers?: boolean
}

export interface MappableRootModel extends MappableModel {
  nested: readonly MappableModel[]
}

export interface ValidationInput {
  document: MappingDocument
  models: readonly MappableRootModel[]
  /** Empty where the provider declares none: every type and every field is accepted. */
  objectTypes: readonly ExternalObjectType[]
  /** What the provider supports; a field can narrow it. */
  updateModes: readonly UpdateMode[]
}

/** What the parts of one mapping are checked against. */
export interface ValidationContext {
  input: ValidationInput
  mapping: ObjectMapping
  /** Its place in the document. */
  index: number
  model: MappableModel
  fields: ReadonlyMap<string, SourceField>
  /** The models nested in it; none for a nested model. */
  nested: readonly MappableModel[]
  objectType: ExternalObjectType | null
  report(path: string, message: string): void
}

/** The source field, or undefined once it is reported that the model has none of this key or cannot read it. */
export function findField(context: ValidationContext, key: string, path: string): SourceField | undefined {
  const { fields, model, report } = context
  const field = fields.get(key)
  if (field === undefined) {
    if (model.mayHaveOthers) return undefined
    report(path, `The source field "${key}" does not exist for ${model.name}.${didYouMean(key, fields.keys())}`)
  } else if (!model.inputs.includes(field.requiredInput)) {
    report(
      path,
      `The source field "${field.label}" (${key}) reads from "${field.requiredInput}", which ${model.name} does not have.`,
    )
  }
  return field
}

export function modelNames(models: readonly MappableRootModel[]): string[] {
  return models.flatMap(({ name, nested }) => [name, ...nested.map((model) => model.name)])
}

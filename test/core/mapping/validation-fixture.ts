// A deal of a remote system and the order that is mapped to it, for the tests of the validation.
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { validateMapping } from '../../../core/mapping/validate-mapping.ts'
import type { MappableRootModel } from '../../../core/mapping/validation-context.ts'
import type { ExternalObjectType } from '../../../core/sdk/external-object-type.ts'
import {
  mappingDocumentSchema,
  type ObjectMappingInput,
  type UpdateMode,
  updateModes,
} from '../../../core/sdk/mapping.ts'
import { field, orderFields, positionFields } from './order-fixture.ts'

const models: MappableRootModel[] = [
  {
    name: 'Order',
    inputs: ['order'],
    fields: [...orderFields.values(), field('stray', 'text', 'position')],
    nested: [{ name: 'OrderPosition', inputs: ['position', 'order'], fields: [...positionFields.values()] }],
  },
  { name: 'Customer', inputs: ['customer'], fields: [field('name', 'text', 'customer')], nested: [] },
]
export const deal: ExternalObjectType = {
  name: 'deal',
  label: 'Deal',
  idFields: ['number'],
  fields: [
    { key: 'number', label: 'Number', type: 'text' },
    { key: 'title', label: 'Title', type: 'text', isRequired: true },
    { key: 'amount', label: 'Amount', type: 'number', updateModes: ['overwrite'] },
    { key: 'stage', label: 'Stage', type: 'choice', options: [{ key: 'won', label: 'Won' }] },
    { key: 'items', label: 'Items', type: 'object_list' },
    { key: 'any', label: 'Any', type: 'any' },
  ],
}
export const title: ObjectMappingInput['propertyMappings'][number] = {
  externalField: 'title',
  source: { field: 'name' },
}
export const valid: ObjectMappingInput = {
  key: 'deals',
  sourceModel: 'Order',
  externalObjectType: 'deal',
  sourceIdField: 'code',
  externalIdField: 'number',
  propertyMappings: [title],
}

/** `path: message` of each problem of a document. */
export function problemsOf(
  document: object[],
  rest: { objectTypes?: ExternalObjectType[]; updateModes?: readonly UpdateMode[] } = {},
): string[] {
  const parsed = mappingDocumentSchema.parse(document)
  const problems = validateMapping({ document: parsed, models, objectTypes: [deal], updateModes, ...rest })
  return problems.map(({ path, message }) => `${path}: ${message}`)
}

/** The members of a mapping with one more property. */
export const property = (members: object) => ({ propertyMappings: [title, { externalField: 'any', ...members }] })
export const from = (source: object) => property({ source })

export type Fault = [does: string, members: object, problem: RegExp]

/** One test for each fault: it is reported once, and with its place. */
export function reports(faults: readonly Fault[]): void {
  for (const [does, members, problem] of faults) {
    it(`reports ${does}, once and with its place`, () => {
      const problems = problemsOf([{ ...valid, ...members }])
      assert.equal(problems.length, 1, problems.join('\n'))
      assert.match(String(problems[0]), problem)
    })
  }
}

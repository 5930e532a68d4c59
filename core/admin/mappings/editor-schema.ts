// The form of one mapping: what an administrator fills in, drawn and read by core/admin/forms. Names of fields are typed,
// with lists to pick from, so that a field which is gone or not there yet stays to be seen. What a mapping can hold and
// this form cannot draw (conditions within conditions) is edited as JSON.
import { z } from 'zod'
import type { ExternalObjectType } from '../../sdk/external-object-type.ts'
import {
  comparisonOperators,
  type MappingMode,
  mappingModes,
  type Transform,
  transformSchema,
  type UpdateMode,
} from '../../sdk/mapping.ts'
import { insideSentence } from '../forms/field-words.ts'
import type { FieldList } from './field-list.ts'

export interface EditorLists {
  /** The fields of the mapping's own model. */
  source: FieldList
  /** The fields of the external object type. */
  external: FieldList
  /** The models nested in it, for lists with an entry each. */
  nested: readonly { name: string; label: string; list: FieldList }[]
}

export interface EditorParts {
  modelLabel: string
  objectType: ExternalObjectType | null
  objectLabel: string
  lists: EditorLists
  updateModes: readonly UpdateMode[]
  /** The mappings before this one, whose results it may use. */
  earlier: readonly { key: string; title: string }[]
  /** The models whose records it may refer to. */
  models: readonly { name: string; label: string }[]
}

/** The tests of a condition, in the words of the list to choose from. */
const testLabels = {
  not_empty: 'is not empty',
  empty: 'is empty',
  equals: 'is',
  not_equals: 'is not',
  one_of: 'is one of (a line each)',
  contains: 'contains',
  starts_with: 'begins with',
  ends_with: 'ends with',
  greater_than: 'is greater than',
  less_than: 'is less than',
} as const
const tests = ['not_empty', 'empty', 'one_of', ...comparisonOperators] as const
export type ConditionTest = (typeof tests)[number]

const modeLabels: Readonly<Record<MappingMode, string>> = {
  upsert: 'Create it, and update it when it is there',
  create: 'Only create it, and leave it alone afterwards',
  update: 'Only update it; none is created',
  find: 'Only look it up, for the mappings after it',
}

const updateModeLabels: Readonly<Record<UpdateMode, string>> = {
  overwrite: 'Always',
  if_new: 'Only when the object is created',
  if_empty: 'Only where it is empty there',
  append: 'Added to the list there',
}

const transformLabels: Readonly<Record<Transform['name'], string>> = {
  trim: 'Without spaces around it',
  uppercase: 'In capitals',
  lowercase: 'In small letters',
  capitalize: 'With a capital first letter',
  truncate: 'Cut after some characters',
  replace: 'One text replaced by another',
  default: 'Something else when it is empty',
  prefix: 'With a text before it',
  suffix: 'With a text after it',
  split: 'Split into a list',
  join: 'A list joined into one text',
  pick: 'One entry of a list',
  number: 'As a number',
  round: 'Rounded',
  date: 'As a date or time',
  sha256: 'As a SHA-256 hash',
  boolean_text: 'Words for yes and no',
  given_name: 'Only the given name',
  family_name: 'Only the family name',
  email_domain: 'Only the part after the @',
}

const picked = (list: FieldList, title: string) =>
  z.string().min(1).max(500).meta({ title, suggestions: list.id, placeholder: 'Type to search' })

const transforms = z
  .array(
    z.discriminatedUnion(
      'name',
      // Each as it is, with a name for people.
      transformSchema.options.map((option) => {
        const [name] = option.shape.name.values
        return z.object(withVerbatimTexts(option.shape)).meta({ title: transformLabels[name as Transform['name']] })
      }) as unknown as typeof transformSchema.options,
    ),
  )
  .max(20)
  .meta({ title: 'Changed on the way', itemTitle: 'Change' })

// The space after a comma is what somebody means by it.
function withVerbatimTexts(shape: z.ZodRawShape): z.ZodRawShape {
  const parts = Object.entries(shape).map(([key, part]) => [
    key,
    part instanceof z.ZodString ? part.meta({ verbatim: true }) : part,
  ])
  return Object.fromEntries(parts)
}

// What became of the options of a choice: filled in on a page of its own, carried along here.
const options = z.unknown().optional().meta({ hidden: true })

export function editorSchema(parts: EditorParts): z.ZodType {
  const { lists, objectType, objectLabel, modelLabel } = parts
  const object = insideSentence(objectLabel)
  const idFields = objectType?.idFields ?? []
  const modes = parts.updateModes.length > 0 ? parts.updateModes : (['overwrite'] as const)
  const updateMode = z
    .enum(modes)
    .meta({ title: 'When it is written', optionLabels: updateModeLabels })
    .default(modes[0] ?? 'overwrite')
  const plainSources = (list: FieldList, label: string) => sourceBranches(parts, list, label)
  const nestedProperty = (list: FieldList, label: string) =>
    z.object({
      externalField: z.string().min(1).max(128).meta({ title: 'Field there' }),
      from: z.discriminatedUnion('kind', plainSources(list, label)).meta({ title: 'is filled with' }),
      updateMode,
      transforms,
      options,
    })
  const lines = lists.nested.map(({ label, list }, index) =>
    z
      .object({
        kind: z.literal(`each_${index}`),
        properties: z
          .array(nestedProperty(list, label))
          .max(200)
          .meta({ title: `Fields of each entry`, itemTitle: 'Field' }),
      })
      .meta({ title: `A list with one entry for each ${insideSentence(label)}` }),
  )
  const property = z.object({
    externalField: picked(lists.external, 'Field there'),
    from: z
      .discriminatedUnion('kind', [...plainSources(lists.source, modelLabel), ...lines])
      .meta({ title: 'is filled with' }),
    updateMode,
    transforms,
    options,
  })
  const rules = z.array(rule(lists.source)).min(1).max(50).meta({ title: 'Tests', itemTitle: 'Test' })
  return z.object({
    sourceIdField: picked(lists.source, `Field that identifies the ${object}`).meta({
      description: `Where it is empty, nothing is sent`,
    }),
    externalIdField:
      idFields.length > 0
        ? z.enum(idFields).meta({
            title: `Field there that holds it`,
            optionLabels: Object.fromEntries(idFields.map((key) => [key, lists.external.labelOf(key)])),
          })
        : picked(lists.external, 'Field there that holds it'),
    mode: z.enum(mappingModes).meta({ title: `What is done with the ${object}`, optionLabels: modeLabels }),
    when: z
      .discriminatedUnion('kind', [
        z.object({ kind: z.literal('always') }).meta({ title: 'Always' }),
        z.object({ kind: z.literal('all'), rules }).meta({ title: 'Only when all of these are true' }),
        z.object({ kind: z.literal('any'), rules }).meta({ title: 'Only when one of these is true' }),
        z
          .object({ kind: z.literal('json'), condition: z.unknown().meta({ title: 'Condition as JSON' }) })
          .meta({ title: 'Only when a condition written as JSON is true' }),
      ])
      .meta({ title: `When it is sent` }),
    whenNoLonger: z
      .discriminatedUnion('kind', [
        z.object({ kind: z.literal('keep') }).meta({ title: `The ${object} stays as it is` }),
        z.object({ kind: z.literal('delete') }).meta({ title: `The ${object} is deleted` }),
        z
          .object({
            kind: z.literal('update'),
            properties: z
              .array(nestedProperty(lists.source, modelLabel))
              .min(1)
              .max(200)
              .meta({ title: 'Fields that are set', itemTitle: 'Field' }),
          })
          .meta({ title: `Some fields of the ${object} are set` }),
      ])
      .meta({ title: `When the ${insideSentence(modelLabel)} no longer makes it, or is gone` }),
    properties: z.array(property).max(500).meta({ title: 'Fields', itemTitle: 'Field' }),
  })
}

type Branches = [z.ZodObject, ...z.ZodObject[]]

function sourceBranches({ earlier, models }: EditorParts, list: FieldList, label: string): Branches {
  const one = insideSentence(label)
  return [
    z
      .object({ kind: z.literal('field'), field: picked(list, `Field of the ${one}`) })
      .meta({ title: `A field of the ${one}` }),
    z
      .object({ kind: z.literal('constant'), constant: z.string().max(10_000).meta({ title: 'Text', verbatim: true }) })
      .meta({ title: 'A fixed text' }),
    z
      .object({
        kind: z.literal('template'),
        template: z.string().min(1).max(10_000).meta({
          title: 'Text',
          verbatim: true,
          description: 'Keys of fields in braces are filled in, such as {email}; the list below has all keys',
        }),
      })
      .meta({ title: 'A text with fields in it' }),
    z
      .object({
        kind: z.literal('json'),
        json: z.unknown().meta({ title: 'Value as JSON', description: 'For example 12, true or ["a", "b"]' }),
      })
      .meta({ title: 'A fixed number, yes or no, or list' }),
    ...(earlier.length === 0
      ? []
      : [
          z
            .object({
              kind: z.literal('result'),
              result: z.enum(earlier.map(({ key }) => key)).meta({
                title: 'Mapping',
                optionLabels: Object.fromEntries(earlier.map(({ key, title }) => [key, `${title} (${key})`])),
              }),
              path: z.string().min(1).max(128).meta({
                title: 'Which part of it',
                description: 'remoteId is the id that the remote gave; idValue what it was found by',
                suggestions: 'result-parts',
              }),
            })
            .meta({ title: 'What an earlier mapping got back' }),
        ]),
    z
      .object({
        kind: z.literal('reference'),
        reference: z.enum(models.map(({ name }) => name)).meta({
          title: 'Kind of record',
          optionLabels: Object.fromEntries(models.map((model) => [model.name, model.label])),
        }),
        idField: picked(list, `Field of the ${one} that holds its id`),
      })
      .meta({ title: 'The id there of another record' }),
  ]
}

function rule(list: FieldList) {
  const compared = tests.filter((test) => test !== 'empty' && test !== 'not_empty')
  return z.object({
    field: picked(list, 'Field'),
    test: z.enum(tests).meta({ title: 'Test', optionLabels: testLabels }).default('not_empty'),
    value: z
      .string()
      .max(10_000)
      .meta({ title: 'Value', multiline: true, verbatim: true, showWhen: { field: 'test', equals: [...compared] } })
      .default(''),
  })
}

// One object type of a definition: its fields and the calls that find, create, change and delete its objects.
import { externalTypes, z } from '../../core/sdk/index.ts'
import {
  answerSchema,
  callShape,
  longText,
  nameText,
  paginationSchema,
  pathText,
  shortText,
} from './definition-parts.ts'

const fieldSchema = z.strictObject({
  key: nameText.meta({ title: 'Key', placeholder: 'email' }),
  label: shortText.default('').meta({ title: 'Label', placeholder: 'E-mail' }),
  type: z.enum(externalTypes).default('text').meta({ title: 'Type' }),
  isRequired: z.boolean().default(false).meta({ title: 'Required' }),
  isIdentifier: z
    .boolean()
    .default(false)
    .meta({ title: 'Identifies an object', description: 'Objects can be found by it' }),
  path: pathText
    .default('')
    .meta({ title: 'Path in the object', description: 'Empty: the key itself', placeholder: 'name.first' }),
})

// Most answers hold the object itself, with its `id`.
const answerFold = 'How the answer is read'

const findSchema = z.strictObject({
  ...callShape('GET', 'none'),
  objectsPath: pathText.default('').meta({
    title: 'Path of the found objects',
    fold: answerFold,
    description: 'A list or one object; empty: the whole answer. Nothing there, or an empty list, means not found',
    placeholder: 'items',
  }),
  idPath: pathText.default('id').meta({ title: 'Path of the id in an object', fold: answerFold, placeholder: 'id' }),
  valuesPath: pathText
    .default('')
    .meta({ title: 'Path of the values in an object', fold: answerFold, placeholder: 'attributes' }),
  isExact: z.boolean().default(false).meta({
    title: 'Keep only exact matches',
    fold: answerFold,
    description: 'For a search that also answers with what is merely alike',
  }),
  whenSeveral: z
    .enum(['refuse', 'first'])
    .default('refuse')
    .meta({
      title: 'When several objects are found',
      fold: answerFold,
      optionLabels: { refuse: 'Refuse: a person has to merge them', first: 'Take the first' },
    }),
  notFound: answerSchema
    .prefault({ statuses: '404' })
    .meta({ title: 'Answers that mean: not found', fold: answerFold }),
})

const createSchema = z.strictObject({
  ...callShape('POST', 'json'),
  idFrom: z
    .enum(['answer', 'location_header', 'find'])
    .default('answer')
    .meta({
      title: 'Where the new id stands',
      fold: answerFold,
      optionLabels: {
        answer: 'In the answer',
        location_header: 'At the end of the Location header',
        find: 'Nowhere: the find call finds it',
      },
    }),
  idPath: pathText.default('id').meta({
    title: 'Path of the id in the answer',
    fold: answerFold,
    placeholder: 'data.id',
    showWhen: { field: 'idFrom', equals: 'answer' },
  }),
  exists: answerSchema.prefault({}).meta({
    title: 'Answers that mean: it exists already',
    fold: answerFold,
    description: 'It is found and updated then',
  }),
  existingIdPath: pathText.default('').meta({
    title: 'Path of the existing id in that answer',
    fold: answerFold,
    description: 'Empty: it is looked up by the find call',
  }),
})

const updateSchema = z.strictObject({
  ...callShape('PATCH', 'json'),
  sends: z
    .enum(['changed', 'mapped', 'whole'])
    .default('changed')
    .meta({
      title: 'What is sent',
      fold: 'What is sent, and when it is gone',
      optionLabels: {
        changed: 'What differs',
        mapped: 'All mapped properties',
        whole: 'The whole object with the new values, for calls that replace it',
      },
    }),
  notFound: answerSchema.prefault({}).meta({
    title: 'Answers that mean: it is gone',
    fold: 'What is sent, and when it is gone',
    description: 'It is created again then',
  }),
})

const deleteSchema = z.strictObject({
  ...callShape('DELETE', 'none'),
  notFound: answerSchema.prefault({ statuses: '404, 410' }).meta({ title: 'Answers that mean: it was gone already' }),
})

const batchSchema = z.strictObject({
  ...callShape('POST', 'json'),
  itemsPath: pathText
    .default('')
    .meta({ title: 'Path of the list in the body', description: 'Empty: the body is the list', placeholder: 'items' }),
  itemPath: pathText.default('').meta({ title: 'Path of the properties in an entry', placeholder: 'attributes' }),
  size: z.int().min(1).max(1000).default(100).meta({ title: 'Objects in one call' }),
  resultsPath: pathText.default('').meta({ title: 'Path of the list in the answer', placeholder: 'results' }),
  correlation: z
    .enum(['position', 'identifier'])
    .default('position')
    .meta({
      title: 'How a result is told to be of an object',
      optionLabels: { position: 'By its position in the list', identifier: 'By the identifying value it holds' },
    }),
  identifierPath: pathText.default('').meta({
    title: 'Path of the identifying value in a result',
    showWhen: { field: 'correlation', equals: 'identifier' },
  }),
  idPath: pathText.default('id').meta({ title: 'Path of the id in a result' }),
  statusPath: pathText.default('').meta({
    title: 'Path of the status in a result',
    description: 'Empty: every result is a success',
    placeholder: 'status',
  }),
  successValues: shortText.default('').meta({ title: 'Statuses of success', placeholder: 'created, updated, 200' }),
  messagePath: pathText.default('').meta({ title: 'Path of the error message in a result', placeholder: 'error' }),
})

const discoverySchema = z.strictObject({
  ...callShape('GET', 'none'),
  itemsPath: pathText.default('').meta({ title: 'Path of the list of fields', placeholder: 'fields' }),
  keyPath: pathText.default('name').meta({ title: 'Path of the key in an entry' }),
  labelPath: pathText.default('label').meta({ title: 'Path of the label in an entry' }),
  typePath: pathText.default('').meta({ title: 'Path of the type in an entry', placeholder: 'type' }),
  types: z
    .array(
      z.strictObject({
        remote: shortText.min(1).meta({ title: 'Type at the remote', placeholder: 'string' }),
        type: z.enum(externalTypes).meta({ title: 'is' }),
      }),
    )
    .max(50)
    .default([])
    .meta({ title: 'Types', description: 'One that is not listed takes any value' }),
  pagination: paginationSchema.prefault({}).meta({ title: 'Pages of the list' }),
})

const furtherFold = 'Further calls, and links for people'

export const objectTypeSchema = z.strictObject({
  name: nameText.meta({ title: 'Name', placeholder: 'contact' }),
  label: shortText.min(1, 'must not be empty').meta({ title: 'Label', placeholder: 'Contact' }),
  fields: z.array(fieldSchema).max(300).default([]).meta({ title: 'Fields', itemTitle: 'Field' }),
  allowsOtherFields: z.boolean().default(false).meta({ title: 'Takes fields that are not listed' }),
  find: findSchema.optional().meta({ title: 'Find', description: 'Looks an object up by its identifying value' }),
  create: createSchema.optional().meta({ title: 'Create' }),
  update: updateSchema
    .optional()
    .meta({ title: 'Update', description: 'Without find and create: the call that creates or updates' }),
  delete: deleteSchema.optional().meta({ title: 'Delete', fold: furtherFold }),
  batch: batchSchema.optional().meta({
    title: 'Many at once',
    fold: furtherFold,
    description: 'A call that creates or updates many objects by their identifying values',
  }),
  discovery: discoverySchema.optional().meta({
    title: 'Read the fields',
    fold: furtherFold,
    description: 'A call that lists the fields which the account has beside those above',
  }),
  link: longText.default('').meta({
    title: 'Address of an object for people',
    fold: furtherFold,
    placeholder: 'https://crm.example.com/contacts/{{remoteId}}',
  }),
  linkText: longText.default('').meta({ title: 'Text of that link', fold: furtherFold, placeholder: '{{id}}' }),
})
type StoredObjectType = z.infer<typeof objectTypeSchema>

export const callNames = ['find', 'create', 'update', 'delete', 'batch', 'discovery'] as const
type Calls = { [Name in (typeof callNames)[number]]: NonNullable<StoredObjectType[Name]> }

/** With every call; one that is not used has an empty path. */
export type ObjectTypeDefinition = Omit<StoredObjectType, keyof Calls> & Calls

export function withAllCalls(type: StoredObjectType): ObjectTypeDefinition {
  return {
    ...type,
    find: type.find ?? findSchema.parse({}),
    create: type.create ?? createSchema.parse({}),
    update: type.update ?? updateSchema.parse({}),
    delete: type.delete ?? deleteSchema.parse({}),
    batch: type.batch ?? batchSchema.parse({}),
    discovery: type.discovery ?? discoverySchema.parse({}),
  }
}

// A remote API described as data: what the form of a definition is drawn from, and what an imported file is checked by.
import { z } from '../../core/sdk/index.ts'
import { authSchema } from './auth-schema.ts'
import { checkDefinition } from './check-definition.ts'
import {
  answerSchema,
  callShape,
  headerNameText,
  headerSchema,
  longText,
  nameText,
  pathText,
  shortText,
} from './definition-parts.ts'
import { type ObjectTypeDefinition, objectTypeSchema, withAllCalls } from './object-type-schema.ts'

export const settingSchema = z.strictObject({
  name: nameText.meta({
    title: 'Name',
    description: 'Stands in placeholders: {{settings.name}}',
    placeholder: 'subdomain',
  }),
  label: shortText.min(1, 'must not be empty').meta({ title: 'Label', placeholder: 'Sub-domain' }),
  type: z.enum(['text', 'url', 'number', 'boolean', 'choice', 'secret']).default('text').meta({ title: 'Type' }),
  isRequired: z.boolean().default(true).meta({ title: 'Required' }),
  isAccount: z.boolean().default(false).meta({
    title: 'Names the account',
    description: 'Another value is another account: everything is sent to it anew',
  }),
  help: longText.default('').meta({ title: 'Help' }),
  placeholder: shortText.default('').meta({ title: 'Example', description: 'Shown while the field is empty' }),
  choices: z
    .array(
      z.strictObject({
        value: shortText.min(1).meta({ title: 'Value' }),
        label: shortText.default('').meta({ title: 'Label' }),
      }),
    )
    .max(100)
    .default([])
    .meta({ title: 'Choices', showWhen: { field: 'type', equals: 'choice' } }),
})
export type SettingDefinition = z.infer<typeof settingSchema>

const errorMeanings = ['retry', 'rate_limited', 'reconnect', 'rejected', 'permanent', 'config'] as const

const errorSchema = z.strictObject({
  when: answerSchema.prefault({}).meta({ title: 'When the answer has' }),
  means: z
    .enum(errorMeanings)
    .default('rejected')
    .meta({
      title: 'it means',
      optionLabels: {
        retry: 'Trouble that heals by waiting',
        rate_limited: 'Too many calls',
        reconnect: 'The credentials were refused',
        rejected: 'This object was refused',
        permanent: 'It will never work',
        config: 'Settings or mapping have to be changed',
      },
    }),
  messagePath: pathText.default('').meta({ title: 'Path of the message', placeholder: 'error.message' }),
  problemsPath: pathText.default('').meta({ title: 'Path of a list of problems', placeholder: 'errors' }),
  problemFieldPath: pathText.default('').meta({ title: 'Path of the field in a problem', placeholder: 'field' }),
  problemMessagePath: pathText.default('').meta({ title: 'Path of the message in a problem', placeholder: 'message' }),
})
export type ErrorDefinition = z.infer<typeof errorSchema>

const testSchema = z.strictObject({
  ...callShape('GET', 'none'),
  accountPath: pathText.default('').meta({ title: 'Path of the name of the account', placeholder: 'account.name' }),
})

const limitsSchema = z.strictObject({
  concurrency: z.int().min(1).max(100).default(4).meta({ title: 'Calls at the same time' }),
  calls: z.int().min(0).max(1_000_000).default(0).meta({
    title: 'Objects in a stretch of time',
    description: '0: as many as there are. Divide what the remote allows by the calls an object needs',
  }),
  perSeconds: z.int().min(1).max(86_400).default(60).meta({ title: 'Length of the stretch in seconds' }),
})

const everyCallFold = 'About every call'
const lastFold = 'Errors, limits and a test call'

export const restDefinitionSchema = z
  .strictObject({
    identifier: z
      .string()
      .regex(/^[a-z][a-z0-9-]{0,63}$/, 'must begin with a letter and have lower-case letters, digits and - only')
      .meta({ title: 'Identifier', description: 'The unique key of the provider', placeholder: 'acme-crm' }),
    displayName: shortText.min(1, 'must not be empty').meta({ title: 'Name', placeholder: 'Acme CRM' }),
    version: z
      .string()
      .max(64)
      .regex(/^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)$/, 'must be three numbers such as 1.0.0')
      .meta({ title: 'Version', placeholder: '1.0.0' }),
    description: longText.default('').meta({ title: 'Description' }),
    baseUrl: longText.min(1, 'must not be empty').meta({
      title: 'Base URL',
      description: 'May hold settings of the connection, or be one: {{settings.baseUrl}}',
      placeholder: 'https://{{settings.subdomain}}.example.com/api/v2',
    }),
    settings: z
      .array(settingSchema)
      .max(50)
      .default([])
      .meta({ title: 'Settings of a connection', itemTitle: 'Setting' }),
    auth: authSchema.prefault({}).meta({ title: 'Sign-in' }),
    headers: z
      .array(headerSchema)
      .max(30)
      .default([])
      .meta({ title: 'Headers of every call', fold: everyCallFold, itemTitle: 'Header' }),
    idempotencyHeader: headerNameText.default('').meta({
      title: 'Header of the idempotency key',
      fold: everyCallFold,
      description: 'Sent with every write; empty: none',
      placeholder: 'Idempotency-Key',
    }),
    listSeparator: z.string().max(10).default('').meta({
      title: 'List separator',
      fold: everyCallFold,
      description: 'Joins lists into text; empty: lists are sent as lists',
    }),
    identifiersCanChange: z.boolean().default(false).meta({
      title: 'An object may get another identifying value',
      fold: everyCallFold,
      description: 'The update call changes it then; otherwise a new object is made',
    }),
    objectTypes: z.array(objectTypeSchema).min(1, 'must have at least one').max(50).meta({ title: 'Object types' }),
    errors: z.array(errorSchema).max(50).default([]).meta({
      title: 'Error table',
      fold: lastFold,
      itemTitle: 'Line',
      description: 'The first line that fits decides; what fits none is judged by its status',
    }),
    limits: limitsSchema.prefault({}).meta({ title: 'Limits', fold: lastFold }),
    test: testSchema.optional().meta({
      title: 'Test call',
      fold: lastFold,
      description: 'A call that needs the credentials and changes nothing',
    }),
  })
  .superRefine(checkDefinition)
/** As it is stored. */
export type StoredRestDefinition = z.infer<typeof restDefinitionSchema>

/** With every call; one that is not used has an empty path. */
export interface RestDefinition extends Omit<StoredRestDefinition, 'objectTypes' | 'test'> {
  objectTypes: readonly ObjectTypeDefinition[]
  test: z.infer<typeof testSchema>
}

export function filledDefinition(stored: StoredRestDefinition): RestDefinition {
  return { ...stored, objectTypes: stored.objectTypes.map(withAllCalls), test: stored.test ?? testSchema.parse({}) }
}

export type RestDefinitionInput = z.input<typeof restDefinitionSchema>

// The small schemas that a definition is put together from. Titles and descriptions are what the form shows; everything is
// there with a default, so that what is left empty in the form means "not used".
import { isOwnHeader, z } from '../../core/sdk/index.ts'
import { pathProblem } from './paths.ts'

export const shortText = z.string().max(200, 'must have at most 200 characters')
export const longText = z.string().max(2000, 'must have at most 2,000 characters')

/** A key of a setting or of a field: it stands in placeholders. */
export const nameText = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_-]{0,63}$/, 'must begin with a letter and have letters, digits, _ and - only')
  .refine((name) => !['constructor', 'prototype'].includes(name), 'must not be constructor or prototype')

export const pathText = longText.superRefine((path, context) => {
  const problem = pathProblem(path)
  if (problem !== null) context.addIssue(problem)
})

const statusText = /^(?:[1-5](?:\d\d|xx))(?:\s*,\s*[1-5](?:\d\d|xx))*$/i
/** `404, 410` or `5xx`. */
const statuses = z
  .string()
  .max(200)
  .refine(
    (text) => text.trim() === '' || statusText.test(text.trim()),
    'must be statuses with commas between them, such as 404, 410 or 5xx',
  )

export function isStatusOf(status: number, text: string): boolean {
  const parts = text
    .toLowerCase()
    .split(',')
    .map((part) => part.trim())
  return parts.includes(String(status)) || parts.includes(`${Math.floor(status / 100)}xx`)
}

const headerName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
export const headerNameText = shortText
  .refine((name) => name === '' || headerName.test(name), 'must be the name of a header, such as X-Api-Version')
  .refine((name) => !isOwnHeader(name), 'is a header that outbound-sync sets itself')

export const headerSchema = z.strictObject({
  name: headerNameText.min(1, 'must not be empty').meta({ title: 'Name', placeholder: 'X-Api-Version' }),
  value: longText.meta({ title: 'Value', placeholder: '2026-01' }),
})

const parameterSchema = z.strictObject({
  name: shortText.min(1, 'must not be empty').meta({ title: 'Name', placeholder: 'email' }),
  value: longText.default('').meta({ title: 'Value', placeholder: '{{id}}' }),
})

export const callPath = longText
  .refine((path) => path === '' || path.startsWith('/'), 'must begin with /, such as /contacts')
  .refine(
    (path) => !/[?#\\\s]/.test(path.replaceAll(/\{\{[^}]*\}\}/g, '')),
    'must hold no blank, \\, ? or #: what follows a ? belongs into the query',
  )
  .refine((path) => !path.split('/').some((part) => part === '.' || part === '..'), 'must not hold the parts . and ..')

/** A condition on an answer. With neither statuses nor path it never holds. */
export const answerSchema = z.strictObject({
  statuses: statuses.default('').meta({ title: 'Statuses', placeholder: '404' }),
  path: pathText.default('').meta({ title: 'Path of a value in the answer', placeholder: 'error.code' }),
  equals: shortText.default('').meta({ title: 'which equals', placeholder: 'not_found' }),
})
export type AnswerCondition = z.infer<typeof answerSchema>

export const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const
export const methodLabels = Object.fromEntries(methods.map((method) => [method, method]))
export const bodyKinds = ['none', 'json', 'form', 'template'] as const

/** The parts every call has. An empty path: the call is not used. */
// Most calls need none of it; a path is enough.
const callFold = 'Query, headers and body'

export function callShape(method: (typeof methods)[number], body: (typeof bodyKinds)[number]) {
  return {
    method: z.enum(methods).default(method).meta({ title: 'Method', optionLabels: methodLabels }),
    path: callPath.default('').meta({
      title: 'Path',
      description: 'Below the base URL',
      placeholder: '/contacts/{{remoteId}}',
    }),
    query: z
      .array(parameterSchema)
      .max(30)
      .default([])
      .meta({ title: 'Query parameters', itemTitle: 'Parameter', fold: callFold }),
    headers: z
      .array(headerSchema)
      .max(30)
      .default([])
      .meta({ title: 'Headers of this call', itemTitle: 'Header', fold: callFold }),
    body: z
      .enum(bodyKinds)
      .default(body)
      .meta({
        title: 'Body',
        fold: callFold,
        optionLabels: {
          none: 'None',
          json: 'The mapped properties as JSON',
          form: 'The mapped properties as fields of a form',
          template: 'JSON of my own, with placeholders',
        },
      }),
    bodyPath: pathText.default('').meta({
      title: 'Place of the properties in the body',
      fold: callFold,
      description: 'Empty when they are the whole body',
      placeholder: 'data.attributes',
      showWhen: { field: 'body', equals: 'json' },
    }),
    bodyTemplate: z
      .string()
      .max(20_000)
      .default('')
      .meta({
        title: 'Template of the body',
        fold: callFold,
        description:
          'JSON; {{properties}} stands for all properties, {{value.name}} for one, without quotes for the value as it is',
        placeholder: '{ "data": { "type": "contact", "attributes": {{properties}} } }',
        showWhen: { field: 'body', equals: 'template' },
        multiline: true,
      }),
  }
}

const plainCall = z.strictObject(callShape('GET', 'none'))
export type Call = z.infer<typeof plainCall>

const paginationKinds = ['none', 'page', 'offset', 'cursor', 'next_url', 'link_header'] as const
export const paginationSchema = z.strictObject({
  kind: z
    .enum(paginationKinds)
    .default('none')
    .meta({
      title: 'Pages',
      optionLabels: {
        none: 'All on one page',
        page: 'By a page number',
        offset: 'By an offset',
        cursor: 'By a cursor from the answer',
        next_url: 'By an address from the answer',
        link_header: 'By the Link header',
      },
    }),
  parameter: shortText
    .default('')
    .meta({ title: 'Query parameter', description: 'Of the page, the offset or the cursor', placeholder: 'page' }),
  first: z.int().min(0).max(1000).default(1).meta({ title: 'Number of the first page' }),
  sizeParameter: shortText.default('').meta({ title: 'Query parameter of the page size', placeholder: 'per_page' }),
  size: z.int().min(1).max(10_000).default(100).meta({ title: 'Entries a page' }),
  nextPath: pathText
    .default('')
    .meta({ title: 'Path of the cursor or of the next address', placeholder: 'meta.next_cursor' }),
})
export type Pagination = z.infer<typeof paginationSchema>

// A schema with every kind of field that a form can hold.
import { secret, z } from '../../../../core/sdk/index.ts'

const call = z.object({
  method: z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']),
  path: z.string().min(1).meta({ placeholder: '/contacts' }),
  body: z.string().optional().meta({ multiline: true }),
  headers: z.record(z.string().regex(/^[A-Za-z-]+$/), z.string().min(1)).default({}),
})

export const sampleSchema = z.object({
  name: z.string().min(1).max(20).meta({ title: 'Name', description: 'What people call it' }),
  baseUrl: z.url(),
  owner: z.email().optional(),
  retries: z.int().min(0).max(9).default(3),
  ratio: z.number().optional(),
  isLive: z.boolean().default(true),
  region: z.enum(['eu', 'us']).meta({ optionLabels: { eu: 'Europe', us: 'United States' } }),
  plan: z.enum(['a', 'b', 'c', 'd', 'e']).optional(),
  scopes: z.array(z.enum(['read', 'write'])).min(1),
  token: secret().meta({ title: 'Token' }),
  proxyPassword: secret().optional(),
  usesProxy: z.boolean().default(false),
  proxy: z
    .url()
    .optional()
    .meta({ showWhen: { field: 'usesProxy', equals: true } }),
  limits: z.object({ calls: z.number().int(), perSeconds: z.number().positive() }),
  auth: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('none') }).meta({ title: 'Nothing' }),
    z.object({ kind: z.literal('header'), value: z.string().min(1) }),
    z.object({ kind: z.literal('query'), value: z.string().min(1), name: z.string().min(1) }),
  ]),
  objectTypes: z
    .array(
      z.object({
        name: z.string().min(1),
        create: call,
        remove: call.optional(),
        tags: z.array(z.string().min(1)).default([]),
      }),
    )
    .min(1)
    .max(5)
    .meta({ title: 'Object types' }),
  extra: z.json().optional(),
  kind: z.literal('sample'),
})

/** What a browser posts for a form that is filled in well. */
export const sampleFields: Readonly<Record<string, string | readonly string[]>> = {
  name: 'Mail',
  baseUrl: ' https://mail.example ',
  owner: '',
  retries: '5',
  ratio: '0.5',
  isLive: 'yes',
  region: 'eu',
  plan: '',
  scopes: ['read', 'write'],
  token: 's3cret',
  proxyPassword: '',
  proxy: 'typed and then not wanted',
  'limits.calls': '10',
  'limits.perSeconds': '1.5',
  'auth.kind': 'query',
  'auth.header.value': 'of another choice',
  'auth.query.value': 'v',
  'auth.query.name': 'key',
  'objectTypes.0': '',
  'objectTypes.0.name': 'contact',
  'objectTypes.0.create.method': 'POST',
  'objectTypes.0.create.path': '/contacts',
  'objectTypes.0.create.body': '{\r\n}',
  'objectTypes.0.create.headers.0.key': 'Accept',
  'objectTypes.0.create.headers.0.value': 'text/plain',
  'objectTypes.0.create.headers.1.key': '',
  'objectTypes.0.create.headers.1.value': '',
  'objectTypes.0.remove.method': 'DELETE',
  'objectTypes.0.remove.path': 'typed and then not wanted',
  'objectTypes.0.tags.0': 'a',
  'objectTypes.0.tags.1': ' ',
  'objectTypes.0.tags.2': 'b',
  'objectTypes.7': '',
  'objectTypes.7.name': 'deal',
  'objectTypes.7.create.method': 'PUT',
  'objectTypes.7.create.path': '/deals',
  'objectTypes.7.remove': 'yes',
  'objectTypes.7.remove.method': 'DELETE',
  'objectTypes.7.remove.path': '/deals/1',
  extra: '{"deep": [1, null]}',
}

export const sampleInput = {
  name: 'Mail',
  baseUrl: 'https://mail.example',
  retries: 5,
  ratio: 0.5,
  isLive: true,
  region: 'eu',
  scopes: ['read', 'write'],
  token: 's3cret',
  usesProxy: false,
  limits: { calls: 10, perSeconds: 1.5 },
  auth: { kind: 'query', value: 'v', name: 'key' },
  objectTypes: [
    {
      name: 'contact',
      create: { method: 'POST', path: '/contacts', body: '{\n}', headers: { Accept: 'text/plain' } },
      tags: ['a', 'b'],
    },
    {
      name: 'deal',
      create: { method: 'PUT', path: '/deals', headers: {} },
      remove: { method: 'DELETE', path: '/deals/1', headers: {} },
      tags: [],
    },
  ],
  extra: { deep: [1, null] },
  kind: 'sample',
}

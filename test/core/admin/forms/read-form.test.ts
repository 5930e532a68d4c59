// A posted form read back: input for its schema, sentences for what is wrong, and everything typed kept.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createForm } from '../../../../core/admin/forms/form.ts'
import { secret, z } from '../../../../core/sdk/index.ts'
import { sampleFields, sampleInput, sampleSchema } from './sample-schema.ts'

const form = createForm(sampleSchema)
const problemsOf = async (schema: z.ZodType, fields: Record<string, string | string[]>) =>
  Object.fromEntries((await createForm(schema).read(fields)).problems.map(({ name, text }) => [name, text]))

describe('a form that is filled in well', () => {
  it('is input for its schema', async () => {
    const submitted = await form.read(sampleFields)
    assert.deepEqual(submitted.problems, [])
    assert.deepEqual(submitted.input, sampleInput)
    assert.equal(submitted.isChange, false)
  })

  it('is read below a prefix, where a page has fields of its own', async () => {
    const fields = { name: 'of the page', 'settings.name': 'of the form' }
    const { input } = await createForm(z.object({ name: z.string() }), { prefix: 'settings' }).read(fields)
    assert.deepEqual(input, { name: 'of the form' })
  })

  it('leaves out what is empty, or makes it null or an empty text where the schema wants that', async () => {
    const schema = z.object({
      left: z.string().optional(),
      nothing: z.string().nullable(),
      count: z.number().nullable(),
      text: z.string(),
      wanted: z.string().default('x'),
      pick: z.enum(['a', 'b']).nullable(),
    })
    const fields = { left: '', nothing: '', count: '', text: '', wanted: '', pick: '' }
    const { input, problems } = await createForm(schema).read(fields)
    assert.deepEqual(input, { nothing: null, count: null, text: '', wanted: '', pick: null })
    assert.deepEqual(problems, [])
  })

  it('keeps a secret that is left empty when one is stored, and asks for it otherwise', async () => {
    const schema = z.object({ token: secret().meta({ title: 'API key' }), other: secret().optional() })
    const kept = await createForm(schema).read({ token: '' }, { storedSecrets: ['token'] })
    assert.deepEqual([kept.input, kept.problems], [{}, []])
    assert.deepEqual(await problemsOf(schema, { token: '' }), { token: 'Enter the API key.' })
    const removed = await createForm(schema).read({ token: ' a b ', other: 'x', 'other.remove': 'yes' })
    assert.deepEqual([removed.input, removed.problems], [{ token: ' a b ', other: null }, []])
  })
})

describe('what is wrong with a form', () => {
  it('is said in a sentence a field, with the name of the field', async () => {
    const { problems } = await form.read({
      ...sampleFields,
      name: 'a name that is much too long for it',
      baseUrl: 'mail.example',
      owner: 'nobody',
      retries: '12',
      ratio: '1,5',
      region: '',
      scopes: [],
      token: '',
      'limits.calls': '1.5',
      'limits.perSeconds': '0',
      'auth.query.name': '',
      'objectTypes.0.name': '',
      'objectTypes.0.create.headers.0.key': 'no name!',
      'objectTypes.7.remove.path': '',
      extra: '{',
    })
    assert.deepEqual(Object.fromEntries(problems.map(({ name, text }) => [name, text])), {
      extra: 'Extra must be JSON, for example {"a": 1} or ["a", "b"].',
      name: 'Name must have at most 20 characters.',
      baseUrl: 'Base URL must be a web address, for example https://example.com.',
      owner: 'Owner must be an e-mail address, for example name@example.com.',
      retries: 'Retries must be 9 or less.',
      ratio: 'Ratio must be a number.',
      region: 'Choose the region.',
      scopes: 'Choose at least one of the scopes.',
      token: 'Enter the token.',
      'limits.calls': 'Limits: calls must be a whole number.',
      'limits.perSeconds': 'Limits: per seconds must be more than 0.',
      'auth.query.name': 'Auth: enter the name.',
      'objectTypes.0.name': 'Object type 1: enter the name.',
      'objectTypes.0.create.headers.0.key':
        'Object type 1, Create: header “no name!” does not have the form that is asked for.',
      'objectTypes.1.remove.path': 'Object type 2, Remove: enter the path.',
    })
  })

  it('is said in the words of who wrote the schema, when there are any', async () => {
    const schema = z.object({
      key: z.string().refine((text) => text.startsWith('k'), 'must begin with k'),
      code: z.string().min(3, 'A code has three letters, such as ABC'),
    })
    assert.deepEqual(await problemsOf(schema, { key: 'x', code: 'AB' }), {
      key: 'Key must begin with k.',
      code: 'A code has three letters, such as ABC.',
    })
  })

  it('is also what the schema as a whole says', async () => {
    const schema = z
      .object({ from: z.number(), to: z.number() })
      .refine(({ from, to }) => from < to, { error: 'The range ends before it begins', path: ['to'] })
      .refine(({ from }) => from !== 13, 'No thirteen')
    assert.deepEqual(await problemsOf(schema, { from: '13', to: '2' }), {
      to: 'The range ends before it begins.',
      '': 'No thirteen.',
    })
  })

  it('is two rows of one name, a name that JavaScript keeps for itself, and what cannot be stored', async () => {
    const schema = z.object({ headers: z.record(z.string(), z.string()), text: z.string() })
    const rows = (...keys: string[]) =>
      Object.fromEntries(
        keys.flatMap((key, index) => [
          [`headers.${index}.key`, key],
          [`headers.${index}.value`, 'v'],
        ]),
      )
    const found = await problemsOf(schema, { ...rows('A', 'A', '__proto__', 'constructor'), text: 'a\0b' })
    assert.deepEqual(found, {
      'headers.1.key': 'Header 2 has “A” twice.',
      'headers.2.key': 'Header 3 cannot have this name.',
      text: 'Text holds a character that cannot be stored.',
    })
  })

  it('asks for a choice, and for an entry of a list', async () => {
    const schema = z.object({
      auth: z.discriminatedUnion('kind', [z.object({ kind: z.literal('a'), x: z.string() })]),
      types: z.array(z.object({ name: z.string() })).min(1),
    })
    assert.deepEqual(await problemsOf(schema, {}), {
      'auth.kind': 'Choose the auth.',
      types: 'Add at least one type.',
    })
  })
})

describe('names that nobody gave', () => {
  it('are passed over, and reach no prototype', async () => {
    const schema = z.object({ name: z.string(), inner: z.object({ a: z.string() }) })
    const { input, problems } = await createForm(schema).read({
      name: 'n',
      'inner.a': 'a',
      unknown: 'x',
      '__proto__.polluted': 'yes',
      'inner.__proto__.polluted': 'yes',
      'constructor.prototype.polluted': 'yes',
      'inner.a.b.c': 'x',
      [Array(5000).fill('a').join('.')]: 'deep',
    })
    assert.deepEqual([input, problems], [{ name: 'n', inner: { a: 'a' } }, []])
    assert.equal(Reflect.get({}, 'polluted'), undefined)
  })

  it('cannot make a list endless', async () => {
    const fields = Object.fromEntries(Array.from({ length: 3000 }, (_, index) => [`tags.${index * 7}`, 'x']))
    const { input } = await createForm(z.object({ tags: z.array(z.string()) })).read(fields)
    assert.equal(Object(input).tags.length, 500)
  })

  it('of hostile shapes are problems or passed over, never an error', async () => {
    const hostile = ['', 'x', '\0', '\ud800', '{', '-1e999', '__proto__', 'constructor', ' ', '9'.repeat(400)]
    const names = [...Object.keys(sampleFields), '__proto__', 'objectTypes', 'auth', 'limits', 'objectTypes.0.tags']
    for (const value of hostile) {
      const fields = Object.fromEntries(names.map((name) => [name, [value, value]]))
      const submitted = await form.read(fields)
      assert.ok(submitted.problems.length > 0, value)
      assert.ok(form.draw(submitted).fields.length > 10)
    }
  })
})

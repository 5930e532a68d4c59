// The tree that the views draw, for every kind of field.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { DrawnField } from '../../../../core/admin/forms/field-tree.ts'
import { createForm } from '../../../../core/admin/forms/form.ts'
import { secret, z } from '../../../../core/sdk/index.ts'
import { post } from './post-drawn.ts'
import { sampleFields, sampleInput, sampleSchema } from './sample-schema.ts'

const form = createForm(sampleSchema)

function fieldOf(fields: readonly DrawnField[], name: string): DrawnField {
  const found = fields.find((one) => one.name === name)
  assert.ok(found, name)
  return found
}

describe('an empty form', () => {
  const { fields } = form.draw()

  it('has a field of the right kind for each part of the schema, and none for what is fixed', () => {
    assert.deepEqual(
      fields.map(({ name, kind }) => [name, kind]),
      [
        ['name', 'text'],
        ['baseUrl', 'text'],
        ['owner', 'text'],
        ['retries', 'text'],
        ['ratio', 'text'],
        ['isLive', 'checkbox'],
        ['region', 'radios'],
        ['plan', 'select'],
        ['scopes', 'checkboxes'],
        ['token', 'secret'],
        ['proxyPassword', 'secret'],
        ['usesProxy', 'checkbox'],
        ['proxy', 'text'],
        ['limits', 'group'],
        ['auth', 'variants'],
        ['objectTypes', 'list'],
        ['extra', 'lines'],
      ],
    )
  })

  it('holds what the schema puts there, and says what may be left out', () => {
    const optional = fields.filter(({ isOptional }) => isOptional).map(({ name }) => name)
    assert.deepEqual(optional, ['owner', 'ratio', 'plan', 'proxyPassword', 'proxy', 'extra'])
    const retries = fieldOf(fields, 'retries')
    assert.ok(retries.kind === 'text' && retries.value === '3' && retries.inputMode === 'numeric')
    const live = fieldOf(fields, 'isLive')
    assert.ok(live.kind === 'checkbox' && live.isChecked)
  })

  it('labels by title, else by the words of the name', () => {
    assert.equal(fieldOf(fields, 'baseUrl').label, 'Base URL')
    const name = fieldOf(fields, 'name')
    assert.deepEqual([name.label, name.help, name.isOptional], ['Name', 'What people call it', false])
    const region = fieldOf(fields, 'region')
    assert.ok(region.kind === 'radios')
    assert.deepEqual(
      region.options.map(({ label }) => label),
      ['Europe', 'United States'],
    )
  })

  it('ties a field to the one that shows it, by a number and in words', () => {
    const uses = fieldOf(fields, 'usesProxy')
    assert.ok(uses.kind === 'checkbox')
    assert.deepEqual(uses.slots, [0])
    assert.deepEqual(fieldOf(fields, 'proxy').when, { slot: 0, words: 'Only with “Uses proxy”.' })
    const auth = fieldOf(fields, 'auth')
    assert.ok(auth.kind === 'variants' && auth.choice.kind === 'radios')
    assert.deepEqual(
      auth.choice.options.map(({ label, slots }) => [label, slots]),
      [
        ['Nothing', []],
        ['Header', [0]],
        ['Query', [1]],
      ],
    )
    // Two branches have a field of one name, so the names hold the branch.
    assert.deepEqual(
      auth.branches.map(({ slot, fields: inner }) => [slot, inner.map(({ name }) => name)]),
      [
        [0, ['auth.header.value']],
        [1, ['auth.query.value', 'auth.query.name']],
      ],
    )
  })
})

describe('a form with values', () => {
  it('shows what is stored, and reads the same back', async () => {
    const { token, ...stored } = sampleInput
    const posted = post(form.draw({ values: stored, storedSecrets: ['token'] }).fields)
    const { input, problems } = await form.read(posted, { storedSecrets: ['token'] })
    assert.deepEqual(problems, [])
    assert.deepEqual(input, stored)
    assert.equal(token, 's3cret')
  })

  it('shows what was typed, right or wrong, but never a secret', async () => {
    const fields = { ...sampleFields, retries: 'many', token: 'pa55word', region: 'xx' }
    const submitted = await form.read(fields)
    const drawn = form.draw({ ...submitted, storedSecrets: ['token'] })
    const retries = fieldOf(drawn.fields, 'retries')
    assert.ok(retries.kind === 'text' && retries.value === 'many' && retries.problem === 'Retries must be a number.')
    const token = fieldOf(drawn.fields, 'token')
    assert.ok(token.kind === 'secret' && token.isLost && token.isStored)
    assert.doesNotMatch(JSON.stringify(drawn), /pa55word/)
    assert.deepEqual(drawn.problems, [
      { field: 'f-retries', text: 'Retries must be a number.' },
      { field: 'f-region', text: 'Region must be one of the choices.' },
    ])
  })

  it('offers to remove a stored secret only when the schema can do without it', () => {
    const { fields } = createForm(z.object({ a: secret(), b: secret().optional() })).draw({ storedSecrets: ['a', 'b'] })
    assert.deepEqual(
      fields.map((field) => field.kind === 'secret' && field.removal?.name),
      [undefined, 'b.remove'],
    )
  })

  it('folds the entries of a long list, but for those with a fault', () => {
    const schema = z.object({ types: z.array(z.object({ name: z.string() })) })
    const { fields } = createForm(schema).draw({
      values: { types: ['a', 'b', 'c', 'd'].map((name) => ({ name })) },
      problems: [{ name: 'types.2.name', text: 'No.' }],
    })
    const [list] = fields
    assert.ok(list?.kind === 'list')
    assert.deepEqual(
      list.items.map(({ isOpen, title, label }) => [isOpen, title, label]),
      [
        [false, 'a', 'Type 1'],
        [false, 'b', 'Type 2'],
        [true, 'c', 'Type 3'],
        [false, 'd', 'Type 4'],
      ],
    )
  })

  it('draws a schema that holds itself, down to JSON', () => {
    interface Tree {
      name: string
      below: Tree[]
    }
    const tree: z.ZodType<Tree> = z.object({ name: z.string(), below: z.lazy(() => z.array(tree)) })
    const values = { name: 'a', below: [{ name: 'b', below: [] }] }
    assert.match(JSON.stringify(createForm(tree).draw({ values })), /below\.0\.name/)
  })
})

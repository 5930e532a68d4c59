// The buttons of lists: the form comes back with the list changed, everything typed kept, and nothing checked.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createForm } from '../../../../core/admin/forms/form.ts'
import { z } from '../../../../core/sdk/index.ts'

const schema = z.object({
  name: z.string().min(1),
  count: z.number(),
  types: z
    .array(z.object({ name: z.string(), headers: z.record(z.string(), z.string()), tags: z.array(z.string()) }))
    .max(3),
  auth: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('none') }),
    z.object({ kind: z.literal('many'), tokens: z.array(z.string()) }),
  ]),
})
const form = createForm(schema, { prefix: 'f' })
const typed = {
  'f.name': '',
  'f.count': 'three',
  'f.types.0': '',
  'f.types.0.name': 'first',
  'f.types.0.tags.0': 'a',
  'f.types.0.tags.1': 'b',
  'f.types.0.headers.0.key': 'X',
  'f.types.0.headers.0.value': '1',
  'f.types.1': '',
  'f.types.1.name': 'second',
  'f.auth.kind': 'many',
  'f.auth.many.tokens.0': 't',
}
const press = async (action: string) => {
  const submitted = await form.read({ ...typed, 'form action': action })
  assert.deepEqual([submitted.isChange, submitted.problems, submitted.input], [true, [], null])
  // `any`, because what was typed has no type yet.
  return { values: Object(submitted.values), focus: submitted.focus }
}

describe('a button of a list', () => {
  it('adds an entry at the end and puts the reader there', async () => {
    const { values, focus } = await press('add f.types')
    assert.equal(values.count, 'three')
    assert.deepEqual(
      values.types.map(({ name }: { name: unknown }) => name),
      ['first', 'second', undefined],
    )
    assert.deepEqual(focus, { name: 'f.types.2.name', on: 'field' })
  })

  it('adds to lists and rows inside entries and inside a choice', async () => {
    assert.deepEqual((await press('add f.types.0.tags')).values.types[0].tags, ['a', 'b', ''])
    assert.deepEqual((await press('add f.types.0.headers')).values.types[0].headers, [
      { key: 'X', value: '1' },
      { key: '', value: '' },
    ])
    assert.deepEqual((await press('add f.auth.many.tokens')).values.auth.tokens, ['t', ''])
  })

  it('removes and moves', async () => {
    const names = (values: { types: { name: string }[] }) => values.types.map(({ name }) => name)
    const removed = await press('remove f.types.0')
    assert.deepEqual([names(removed.values), removed.focus], [['second'], { name: 'f.types', on: 'add' }])
    const up = await press('up f.types.1')
    assert.deepEqual([names(up.values), up.focus], [['second', 'first'], { name: 'f.types.0', on: 'up' }])
    const down = await press('down f.types.0.tags.0')
    assert.deepEqual([down.values.types[0].tags, down.focus], [['b', 'a'], { name: 'f.types.0.tags.1', on: 'down' }])
  })

  it('that is not there changes nothing', async () => {
    for (const action of [
      'up f.types.0',
      'down f.types.1',
      'remove f.types.9',
      'remove f.name',
      'add f.name',
      'add f.',
    ]) {
      const { values, focus } = await press(action)
      assert.deepEqual([values.types.length, values.types[0].name, focus], [2, 'first', null], action)
    }
  })

  it('is not drawn where it leads nowhere, and the reader stays where he was', async () => {
    const { values, focus } = await press('up f.types.1')
    const list = form.draw({ values, focus }).fields.find(({ name }) => name === 'f.types')
    assert.ok(list?.kind === 'list')
    assert.deepEqual(
      list.items.map(({ up, down }) => [up, down]),
      [
        [null, { value: 'down f.types.0', hasFocus: true }],
        [{ value: 'up f.types.1', hasFocus: false }, null],
      ],
    )
    assert.deepEqual(list.add, { value: 'add f.types', hasFocus: false })
    const full = form.draw({ values: { types: [{}, {}, {}] } }).fields.find(({ name }) => name === 'f.types')
    assert.ok(full?.kind === 'list' && full.add === null)
  })
})

// Fields behind a summary: what it says, when it is open, and that the form of a REST provider shows the common case.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { DrawnField } from '../../../../core/admin/forms/field-tree.ts'
import { createForm } from '../../../../core/admin/forms/form.ts'
import { z } from '../../../../core/sdk/index.ts'
import { restDefinitionSchema } from '../../../../plugins/rest/definition.ts'
import { larkdeskDefinition } from '../../../fixtures/invented-api/larkdesk-definition.ts'

const more = 'More'
const schema = z.object({
  name: z.string().min(1),
  notes: z.array(z.string()).default([]).meta({ title: 'Notes', fold: more }),
  separator: z.string().default(',').meta({ title: 'Separator', fold: more }),
  isQuick: z.boolean().default(false).meta({ title: 'Quick', fold: more }),
  gone: z
    .object({ statuses: z.string().default('') })
    .prefault({ statuses: '404' })
    .meta({ title: 'Gone', fold: more }),
  test: z
    .object({ path: z.string().min(1) })
    .optional()
    .meta({ title: 'Test', fold: more }),
  last: z.string().optional(),
  limit: z.int().max(9).default(4).meta({ title: 'Limit', fold: 'Limits' }),
})
const form = createForm(schema, { prefix: 'f' })
type Fold = Extract<DrawnField, { kind: 'fold' }>
const foldsOf = (fields: readonly DrawnField[]): Fold[] => fields.filter((field) => field.kind === 'fold')
const drawn = (values: unknown) => form.draw({ values }).fields

describe('folded fields', () => {
  it('stand in one fold with those beside them that name the same, in their place', () => {
    const fields = drawn({})
    assert.deepEqual(
      fields.map(({ kind, label }) => [kind, label]),
      [
        ['text', 'Name'],
        ['fold', 'More'],
        ['text', 'Last'],
        ['fold', 'Limits'],
      ],
    )
    assert.deepEqual(
      foldsOf(fields).map(({ fields: inside }) => inside.map(({ name }) => name)),
      [['f.notes', 'f.separator', 'f.isQuick', 'f.gone', 'f.test'], ['f.limit']],
    )
  })

  for (const [values, expected] of [
    [{}, 'nothing set'],
    [undefined, 'nothing set'],
    [{ notes: [], separator: ',', isQuick: false, gone: { statuses: '404' } }, 'nothing set'],
    [{ notes: ['a'], separator: ';' }, 'Notes, Separator'],
    [{ isQuick: true, gone: { statuses: '410' }, test: { path: '/me' } }, 'Quick, Gone, Test'],
    [{ separator: '' }, 'Separator'],
  ] as const) {
    it(`say of ${JSON.stringify(values)}: ${expected}`, () => {
      const [first, second] = foldsOf(drawn(values))
      assert.deepEqual([first?.summary, second?.summary, first?.isOpen], [expected, 'nothing set', false])
    })
  }

  it('are open where something is wrong or was worked on, and closed elsewhere', async () => {
    const open = async (fields: Record<string, string | string[]>) => {
      const read = await form.read(fields)
      return foldsOf(form.draw(read).fields).map(({ isOpen }) => isOpen)
    }
    assert.deepEqual(await open({ 'f.name': 'a', 'f.limit': '10' }), [false, true])
    assert.deepEqual(await open({ 'f.name': 'a', 'f.test': 'yes', 'f.test.path': '', 'f.limit': '4' }), [true, false])
    assert.deepEqual(await open({ 'f.name': '', 'f.limit': '4' }), [false, false])
    assert.deepEqual(await open({ 'form action': 'add f.notes' }), [true, false])
  })

  it('leave the form of a REST provider its common case: address, sign-in, one object type with its paths', () => {
    const rest = createForm(restDefinitionSchema, { prefix: 'd' })
    const shown = (fields: readonly DrawnField[]): string[] =>
      fields.flatMap((field) => {
        if (field.kind === 'group') return shown(field.fields)
        if (field.kind === 'list') return field.items.flatMap((item) => shown([item.field]))
        return field.kind === 'fold' ? [] : [field.name]
      })
    for (const values of [{ objectTypes: [{ find: {}, create: {}, update: {} }] }, larkdeskDefinition]) {
      const names = shown(rest.draw({ values }).fields)
      for (const call of ['find', 'create', 'update']) assert.ok(names.includes(`d.objectTypes.0.${call}.path`))
      for (const name of ['d.identifier', 'd.displayName', 'd.version', 'd.baseUrl', 'd.auth.kind']) {
        assert.ok(names.includes(name), name)
      }
      const rare = /\.(headers|query|body\w*|errors|limits|batch|discovery|exists|notFound|test)(\.|$)/
      assert.deepEqual(
        names.filter((name) => !name.startsWith('d.auth.') && rare.test(name)),
        [],
      )
    }
  })
})

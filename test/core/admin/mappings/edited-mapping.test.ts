// The editor's form of a mapping: whatever mapping there is, it is drawn, and sent back untouched it is the same.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { createForm } from '../../../../core/admin/forms/form.ts'
import { type EditedMapping, fromEdited, toEdited } from '../../../../core/admin/mappings/edited-mapping.ts'
import { editorParts } from '../../../../core/admin/mappings/editor-parts.ts'
import { placeProblem } from '../../../../core/admin/mappings/editor-problems.ts'
import { editorRows } from '../../../../core/admin/mappings/editor-rows.ts'
import { editorSchema } from '../../../../core/admin/mappings/editor-schema.ts'
import type { EndModel, MappingEnds } from '../../../../core/admin/mappings/mapping-ends.ts'
import { validateMapping } from '../../../../core/mapping/validate-mapping.ts'
import {
  type ObjectMapping,
  type ObjectMappingInput,
  objectMappingSchema,
  updateModes,
} from '../../../../core/sdk/mapping.ts'
import type { SourceField } from '../../../../core/sdk/source-model.ts'
import { mapping as anyMapping, keys } from '../../../support/arbitrary-mapping.ts'
import { post } from '../forms/post-drawn.ts'

const sourceField = (key: string, label: string, more: Partial<SourceField> = {}): SourceField => ({
  ...{ key, label, category: { label: 'Order', sortIndex: 1 }, type: 'text', requiredInput: 'order' },
  getter: () => null,
  ...more,
})
const model = (name: string, label: string): EndModel => ({
  ...{ name, label, inputs: ['order'] },
  fields: [
    ...keys.map((key) => sourceField(key, `Field ${key}`)),
    sourceField('status', 'Status', {
      type: 'choice',
      options: ['p', 'n'].map((key) => ({ key, label: key })),
    }),
    // Two of one name, told apart by their keys.
    sourceField('name_1', 'Name'),
    sourceField('name_2', 'Name'),
  ],
})
const ends: MappingEnds = {
  models: [{ ...model('Order', 'Order'), nested: [model('Position', 'Order position')] }],
  objectTypes: [
    {
      name: 'thing',
      label: 'Thing',
      idFields: keys,
      fields: keys.map((key) => ({ key, label: `There ${key}`, type: 'any' as const })),
      allowsOtherFields: true,
    },
  ],
  updateModes,
  problems: [],
}

interface Opened {
  form: ReturnType<typeof createForm>
  lists: ReturnType<typeof editorParts>['parts']['lists']
  edited: EditedMapping
}

// As the last of three, so that there are results to use.
function open(mapping: ObjectMapping): Opened {
  const document = [{ ...mapping, key: 'a' }, { ...mapping, key: 'b' }, { ...mapping, key: 'c' }, mapping]
  const { parts } = editorParts(ends, { mapping, index: 3, document, sample: null })
  return {
    form: createForm(editorSchema(parts), { prefix: 'mapping' }),
    lists: parts.lists,
    edited: toEdited(mapping, parts.lists),
  }
}

async function sentBack(mapping: ObjectMapping): Promise<unknown> {
  const { form, lists, edited } = open(mapping)
  const { input, problems } = await form.read(post(form.draw({ values: edited }).fields))
  assert.deepEqual(problems, [])
  return objectMappingSchema.parse(fromEdited(input as EditedMapping, { stored: mapping, lists }))
}

const parse = (changes: Partial<ObjectMappingInput>): ObjectMapping =>
  objectMappingSchema.parse({
    key: 'm',
    sourceModel: 'Order',
    externalObjectType: 'thing',
    sourceIdField: 'a',
    externalIdField: 'b',
    propertyMappings: [],
    ...changes,
  })

describe('the form of a mapping', () => {
  const written: readonly [string, Partial<ObjectMappingInput>][] = [
    ['nothing but its identifier', {}],
    ['a condition of one test', { when: { field: 'status', operator: 'equals', value: 'p' } }],
    [
      'a condition of many tests',
      {
        when: {
          any: [
            { field: 'a', is: 'empty' },
            { field: 'status', oneOf: ['p', 'n'] },
            { field: 'name_2', operator: 'contains', value: ' of ' },
          ],
        },
      },
    ],
    [
      'a condition within another',
      { when: { all: [{ not: { field: 'a', is: 'empty' } }, { field: 'b', is: 'empty' }] } },
    ],
    [
      'what is set when it no longer applies',
      { whenNoLonger: { update: [{ externalField: 'a', source: { constant: 'gone' } }] } },
    ],
    [
      'every kind of source',
      {
        propertyMappings: [
          { externalField: 'a', source: { field: 'name_2' }, updateMode: 'if_new' },
          { externalField: 'c', source: { constant: ' with spaces ' } },
          { externalField: 'unlisted', source: { constant: '' } },
          { externalField: 'valueOf', source: { constant: ['x', 1, null] } },
          { externalField: 'valueOf', source: { constant: false } },
          { externalField: 'valueOf', source: { template: '{a} – {b} ' } },
          { externalField: 'valueOf', source: { result: 'a', path: 'remoteId' } },
          { externalField: 'valueOf', source: { reference: 'Position', idField: 'a' } },
          {
            externalField: 'valueOf',
            source: { field: 'status' },
            valueMap: { p: 'paid', n: 7 },
            valueMapDefault: 'other',
            transforms: [
              { name: 'split', separator: ', ' },
              { name: 'join', separator: ' ' },
              { name: 'truncate', length: 9 },
            ],
          },
          {
            externalField: 'valueOf',
            each: {
              nestedModel: 'Position',
              propertyMappings: [
                {
                  externalField: 'sku',
                  source: { field: 'status' },
                  valueMap: { p: 'x' },
                  transforms: [{ name: 'suffix', text: ' ' }],
                },
              ],
            },
            updateMode: 'append',
          },
        ],
      },
    ],
  ]
  for (const [what, changes] of written) {
    it(`sends ${what} back as it was`, async () => {
      const mapping = parse(changes)
      assert.deepEqual(await sentBack(mapping), mapping)
    })
  }

  it('shows fields by their labels, and tells two of one name apart', () => {
    const { edited } = open(
      parse({ sourceIdField: 'name_1', propertyMappings: [{ externalField: 'a', source: { field: 'b' } }] }),
    )
    assert.equal(edited.sourceIdField, 'Name (name_1)')
    assert.deepEqual(
      [edited.properties[0]?.externalField, edited.properties[0]?.from],
      ['There a', { kind: 'field', field: 'Field b' }],
    )
  })

  it('drops the translated options of a field that another one has taken the place of', () => {
    const mapping = parse({
      propertyMappings: [{ externalField: 'a', source: { field: 'status' }, valueMap: { p: 'paid' } }],
    })
    const { lists, edited } = open(mapping)
    const properties = edited.properties.map((one) => ({ ...one, from: { kind: 'field' as const, field: 'Field a' } }))
    const changed = objectMappingSchema.parse(fromEdited({ ...edited, properties }, { stored: mapping, lists }))
    assert.deepEqual(changed.propertyMappings[0], {
      ...{ externalField: 'a', source: { field: 'a' }, transforms: [], updateMode: 'overwrite' },
    })
  })

  it('draws whatever mapping there is, places all that is wrong with it, and loses nothing of it', async () => {
    const runs = Number(process.env.MAPPING_RUNS ?? 300)
    await fc.assert(
      fc.asyncProperty(anyMapping, async (mapping) => {
        const { form, lists, edited } = open(mapping)
        const problems = validateMapping({ document: [mapping], ...ends }).map(({ path, message }) =>
          placeProblem({ path: path.slice(2), message }, { edited, prefix: 'mapping' }),
        )
        const drawn = form.draw({ values: edited, problems })
        const { rows } = editorRows(drawn, { edited, lists, ends, mapping })
        assert.equal(rows.length, mapping.propertyMappings.length)
        const names = new Set(Object.keys(post(drawn.fields)))
        for (const { name } of problems) assert.ok(names.has(name) || /\.(properties|kind|name)$/.test(name), name)
        const { input, problems: found } = await form.read(post(drawn.fields))
        // What the form cannot hold is a problem that names its field, and never a change unseen.
        if (found.length > 0) return
        const back = objectMappingSchema.safeParse(fromEdited(input as EditedMapping, { stored: mapping, lists }))
        assert.deepEqual(back.data, mapping)
      }),
      { numRuns: runs },
    )
  })
})

// A mapping in another scope: what people call a field or an option finds it there, and nothing is guessed.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { translateFields } from '../../../core/mapping/translate-fields.ts'
import type { MappableRootModel } from '../../../core/mapping/validate-mapping.ts'
import { type ObjectMappingInput, objectMappingSchema } from '../../../core/sdk/mapping.ts'
import type { SourceField } from '../../../core/sdk/source-model.ts'

const field = (key: string, label: string, more: Partial<SourceField> = {}): SourceField => ({
  key,
  label,
  category: { label: '', sortIndex: 0 },
  type: 'text',
  requiredInput: 'order',
  getter: () => null,
  ...more,
})
const sizes = (...keys: string[]): Partial<SourceField> => ({
  type: 'choice',
  options: keys.map((key, index) => ({ key, label: ['Small', 'Large'][index] ?? key })),
})
const model = (fields: SourceField[], nested: SourceField[] = [], mayHaveOthers = false): MappableRootModel => ({
  name: 'Order',
  inputs: ['order'],
  fields,
  mayHaveOthers,
  nested: [{ name: 'OrderPosition', inputs: ['order'], fields: nested, mayHaveOthers }],
})
const from = [
  model(
    [field('email', 'E-mail'), field('question_1', 'Shoe size'), field('question_2', 'T-shirt', sizes('11', '12'))],
    [field('question_3', 'Diet')],
  ),
]
const to = [
  model(
    [
      field('email', 'Mail address'),
      field('question_8', 'Shoe size'),
      field('question_9', 'T-shirt', sizes('91', '92')),
    ],
    [field('question_7', 'Diet')],
  ),
]

function translated(mapping: Partial<ObjectMappingInput>, there = to) {
  const document = objectMappingSchema.parse({
    key: 'deals',
    sourceModel: 'Order',
    externalObjectType: 'deal',
    sourceIdField: 'email',
    externalIdField: 'code',
    propertyMappings: [],
    ...mapping,
  })
  const { document: after, translations } = translateFields([document], { from, to: there })
  const [one] = after
  assert.ok(one)
  return { ...one, translations }
}
/** What a property becomes that is filled with this. */
function sourceOf(source: unknown, there = to): unknown {
  const parsed = { propertyMappings: [{ externalField: 'x', source }] } as Partial<ObjectMappingInput>
  const [property] = translated(parsed, there).propertyMappings
  return property && 'source' in property ? property.source : null
}

describe('the fields of a mapping in another scope', () => {
  it('keep their key where it exists, whatever it is called there', () => {
    assert.deepEqual(sourceOf({ field: 'email' }), { field: 'email' })
  })

  it('are found by label and type, and told once', () => {
    const { sourceIdField, translations } = translated({
      sourceIdField: 'question_1',
      when: { field: 'question_1', is: 'not_empty' },
    })
    assert.equal(sourceIdField, 'question_8')
    assert.deepEqual(translations, [{ model: 'Order', label: 'Shoe size', from: 'question_1', to: 'question_8' }])
  })

  it('keep their key where none or several are called so, or the one is of another type', () => {
    for (const fields of [
      [],
      [field('a', 'Shoe size'), field('b', 'Shoe size')],
      [field('a', 'Shoe size', { type: 'integer' })],
    ]) {
      assert.deepEqual(sourceOf({ field: 'question_1' }, [model(fields)]), { field: 'question_1' })
    }
    assert.deepEqual(sourceOf({ field: 'never_there' }), { field: 'never_there' })
  })

  it('stay as they are where the host cannot name its fields, or has no such model', () => {
    const others = [model([field('question_8', 'Shoe size')], [], true)]
    assert.deepEqual(sourceOf({ field: 'question_1' }, others), { field: 'question_1' })
    assert.deepEqual(sourceOf({ field: 'question_1' }, []), { field: 'question_1' })
  })

  it('are found in templates, whose braces stay, and in references', () => {
    assert.deepEqual(sourceOf({ template: '{{{question_1}}} of { email }' }), {
      template: '{{{question_8}}} of {email}',
    })
    assert.deepEqual(sourceOf({ template: '{question_1' }), { template: '{question_1' })
    assert.deepEqual(sourceOf({ reference: 'Customer', idField: 'question_1' }), {
      reference: 'Customer',
      idField: 'question_8',
    })
    assert.deepEqual(sourceOf({ constant: 'question_1' }), { constant: 'question_1' })
  })

  it('are found in the lines of lists, by the model of the lines', () => {
    const { propertyMappings } = translated({
      propertyMappings: [
        {
          externalField: 'items',
          each: {
            nestedModel: 'OrderPosition',
            propertyMappings: [
              { externalField: 'diet', source: { field: 'question_3' } },
              { externalField: 'size', source: { field: 'question_1' } },
            ],
          },
        },
      ],
    })
    const [items] = propertyMappings
    assert.ok(items && 'each' in items)
    assert.deepEqual(
      items.each.propertyMappings.map(({ source }) => source),
      [{ field: 'question_7' }, { field: 'question_1' }],
    )
  })

  it('are found in what is set when a mapping no longer applies', () => {
    const { whenNoLonger } = translated({
      whenNoLonger: { update: [{ externalField: 'x', source: { field: 'question_1' } }] },
    })
    assert.deepEqual(typeof whenNoLonger === 'string' ? null : whenNoLonger.update[0]?.source, { field: 'question_8' })
  })

  it('bring their options along, by what those are called', () => {
    const { propertyMappings, when } = translated({
      when: {
        any: [
          { field: 'question_2', oneOf: ['11', '99'] },
          { not: { field: 'question_2', operator: 'equals', value: '12' } },
          { field: 'question_2', operator: 'contains', value: '12' },
        ],
      },
      propertyMappings: [
        { externalField: 'x', source: { field: 'question_2' }, valueMap: { '11': 'S', '12': 'L', '99': '?' } },
      ],
    })
    const [property] = propertyMappings
    assert.deepEqual(property && 'source' in property ? [property.source, property.valueMap] : null, [
      { field: 'question_9' },
      { '91': 'S', '92': 'L', '99': '?' },
    ])
    assert.deepEqual(when, {
      any: [
        { field: 'question_9', oneOf: ['91', '99'] },
        { not: { field: 'question_9', operator: 'equals', value: '92' } },
        { field: 'question_9', operator: 'contains', value: '12' },
      ],
    })
  })

  it('lose no value where two options would become one', () => {
    const twice = [
      model([
        field('question_2', 'T-shirt', {
          type: 'choice',
          options: [
            { key: 'a', label: 'Small' },
            { key: 'b', label: 'Large' },
          ],
        }),
      ]),
    ]
    const { propertyMappings } = translated(
      { propertyMappings: [{ externalField: 'x', source: { field: 'question_2' }, valueMap: { '11': 'S', a: 'T' } }] },
      twice,
    )
    const [property] = propertyMappings
    assert.deepEqual(property && 'valueMap' in property ? property.valueMap : null, { '11': 'S', a: 'T' })
  })
})

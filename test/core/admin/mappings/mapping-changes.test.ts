// The difference of two mapping documents: what a person reads before she publishes one of them.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { MappingLabels } from '../../../../core/admin/mapping-labels.ts'
import { mappingChanges } from '../../../../core/admin/mappings/mapping-changes.ts'
import { mappingDocumentSchema, type ObjectMappingInput } from '../../../../core/sdk/mapping.ts'

const names: Record<string, string> = {
  Order: 'Order',
  OrderPosition: 'Order position',
  'Order/company': 'Name of the company',
  'Order/email': 'E-mail',
  'Order/other_email': 'E-mail',
  'Order/status/paid': 'Paid',
  deal: 'Deal',
  'deal/company': 'Company',
  'deal/amount': 'Amount',
}
const named = (...path: string[]) => names[path.join('/')] ?? path.at(-1) ?? ''
const labels: MappingLabels = {
  model: named,
  field: named,
  option: named,
  objectType: named,
  externalField: named,
}

const deal: ObjectMappingInput = {
  key: 'deals',
  sourceModel: 'Order',
  externalObjectType: 'deal',
  sourceIdField: 'code',
  externalIdField: 'number',
  propertyMappings: [
    { externalField: 'company', source: { field: 'company' } },
    { externalField: 'amount', source: { field: 'total' } },
  ],
}
const contact: ObjectMappingInput = { ...deal, key: 'contacts', externalObjectType: 'contact' }

function changes(before: readonly ObjectMappingInput[], after: readonly ObjectMappingInput[]) {
  return mappingChanges(mappingDocumentSchema.parse(before), mappingDocumentSchema.parse(after), labels)
}
/** What is said of the one mapping when it is changed like this. */
function said(after: Partial<ObjectMappingInput>, before: Partial<ObjectMappingInput> = {}): readonly string[] {
  const [change] = changes([{ ...deal, ...before }], [{ ...deal, ...after }])
  return change?.sentences ?? []
}
type Properties = ObjectMappingInput['propertyMappings']
/** What is said of its properties, those of lists indented. */
function ofProperties(before: Properties, after: Properties): readonly string[] {
  const [change] = changes([{ ...deal, propertyMappings: before }], [{ ...deal, propertyMappings: after }])
  const lines = (change?.properties ?? []).flatMap((property) => [property, ...property.lines.map((line) => line)])
  return lines.map(({ kind, target, sentences }) => `${kind} ${target}: ${sentences.join('; ')}`)
}

describe('the difference of two mapping documents', () => {
  it('is nothing where both say the same', () => {
    assert.deepEqual(changes([deal, contact], [deal, contact]), [])
    assert.deepEqual(changes([], []), [])
  })

  it('names the mappings that came, went, and were moved', () => {
    const third = { ...deal, key: 'tickets', externalObjectType: 'ticket' }
    assert.deepEqual(
      changes([deal, contact], [contact, third]).map(({ kind, title, sentences }) => [kind, title, ...sentences]),
      [
        ['added', 'Order to ticket', 'Switched on.'],
        ['removed', 'Order to Deal'],
      ],
    )
    assert.deepEqual(
      changes([deal, contact, third], [contact, third, deal]).map(({ kind, title, sentences }) => [
        kind,
        title,
        ...sentences,
      ]),
      [['moved', 'Order to Deal', 'It comes after Order to ticket now.']],
    )
    const [added] = changes([], [deal])
    assert.equal(added?.properties[0]?.sentences[0], 'is filled with Name of the company, written always')
  })

  it('tells mappings of one name apart', () => {
    assert.deepEqual(
      changes([deal], [deal, { ...deal, key: 'late-deals' }]).map(({ title }) => title),
      ['Order to Deal (late-deals)'],
    )
  })

  it('says of a mapping what is otherwise', () => {
    assert.deepEqual(said({ isEnabled: false }), ['It is switched off.'])
    assert.deepEqual(said({}, { isEnabled: false }), ['It is switched on.'])
    assert.deepEqual(said({ when: { field: 'email', is: 'empty' } }), [
      'Condition: was none, is now “E-mail is empty”.',
    ])
    assert.deepEqual(said({ mode: 'find' }), [
      'What is done: was it is created or updated, is now it is only looked up.',
    ])
    assert.deepEqual(said({ sourceModel: 'OrderPosition' }), ['Made from: was Order, is now Order position.'])
    assert.deepEqual(said({ externalIdField: 'company', sourceIdField: 'email' }), [
      'Recognised by: was number, is now Company.',
      'Which holds: was code, is now E-mail.',
    ])
    assert.deepEqual(said({ whenNoLonger: 'delete' }), [
      'When it no longer applies: was it stays, is now it is deleted.',
    ])
  })

  it('says what a property was filled with and is now', () => {
    const was = { externalField: 'company', source: { field: 'company' } }
    const source = { constant: 'ACME' }
    assert.deepEqual(ofProperties([was], [{ ...was, source }]), [
      'changed Company: was Name of the company, is now the text “ACME”',
    ])
    assert.deepEqual(ofProperties([was], [{ ...was, transforms: [{ name: 'trim' }], updateMode: 'if_new' }]), [
      'changed Company: was Name of the company, is now Name of the company, without spaces around it; written: was always, is now when it is created',
    ])
    assert.deepEqual(ofProperties([was], []), ['removed Company: was filled with Name of the company, written always'])
  })

  it('says so when a property was only moved', () => {
    const [first, second] = deal.propertyMappings
    assert.ok(first && second)
    assert.deepEqual(ofProperties([first, second], [second, first]), ['moved Company: comes after Amount now'])
  })

  it('goes into the lines of a list', () => {
    const each = (constant: string): Properties => [
      {
        externalField: 'items',
        each: {
          nestedModel: 'OrderPosition',
          propertyMappings: [{ externalField: 'sku', source: { constant } }],
        },
      },
    ]
    assert.deepEqual(ofProperties(each('a'), each('b')), [
      'changed items: ',
      'changed sku: was the text “a”, is now the text “b”',
    ])
  })

  it('goes into the translation of values', () => {
    const mapped = (valueMap: Record<string, string>, valueMapDefault?: string): Properties => [
      {
        externalField: 'stage',
        source: { field: 'status' },
        valueMap,
        ...(valueMapDefault ? { valueMapDefault } : {}),
      },
    ]
    assert.deepEqual(ofProperties(mapped({ paid: 'won', open: 'new' }), mapped({ paid: 'done', late: 'lost' }, 'x')), [
      'changed stage: “Paid” was translated to “won”, is now to “done”; “open” is not translated any more, was “new”; “late” is translated to “lost” now; any other value: was refused, is now translated to “x”',
    ])
    const many = Object.fromEntries(Array.from({ length: 25 }, (_, at) => [`k${at}`, 'v']))
    assert.match(ofProperties(mapped({}), mapped(many))[0] ?? '', /“k19” .*; and 5 values more$/)
  })

  it('tells fields of one name apart by their keys, and a number from its text', () => {
    const of = (source: { field: string } | { constant: string | number }) => [{ externalField: 'company', source }]
    assert.deepEqual(ofProperties(of({ field: 'email' }), of({ field: 'other_email' })), [
      'changed Company: was E-mail (email), is now E-mail (other_email)',
    ])
    assert.deepEqual(ofProperties(of({ constant: '1' }), of({ constant: 1 })), [
      'changed Company: was the text “1”, is now 1',
    ])
  })

  it('says what is set where a mapping no longer applies', () => {
    const update = (constant: string): Partial<ObjectMappingInput> => ({
      whenNoLonger: { update: [{ externalField: 'company', source: { constant } }] },
    })
    const [change] = changes([{ ...deal, ...update('a') }], [{ ...deal, ...update('b') }])
    assert.deepEqual(
      change?.properties.map(({ target, sentences }) => [target, ...sentences]),
      [['Company, when it no longer applies', 'was the text “a”, is now the text “b”']],
    )
  })

  it('is never silent about two documents that differ', () => {
    const source = fc.oneof(
      fc.record({ field: fc.constantFrom('company', 'email', 'other_email') }),
      fc.record({ constant: fc.constantFrom<string | number | boolean | null>('', '1', 1, true, 'true', null) }),
      fc.record({ template: fc.constantFrom('', '{email}') }),
    )
    const property = fc.record({
      externalField: fc.constantFrom('company', 'amount'),
      source,
      transforms: fc.subarray([{ name: 'trim' as const }, { name: 'number' as const }]),
      updateMode: fc.constantFrom('overwrite' as const, 'append' as const),
    })
    const mapping = fc.record({
      sourceModel: fc.constantFrom('Order', 'OrderPosition'),
      isEnabled: fc.boolean(),
      when: fc.constantFrom<ObjectMappingInput['when']>(
        null,
        { all: [] },
        { field: 'email', is: 'empty' },
        { any: [{ field: 'email', is: 'empty' }] },
      ),
      propertyMappings: fc.array(property, { maxLength: 4 }),
    })
    const document = fc
      .uniqueArray(fc.constantFrom('deals', 'contacts', 'tickets'))
      .chain((keys) =>
        fc.tuple(...keys.map((key) => mapping.map((changed): ObjectMappingInput => ({ ...deal, ...changed, key })))),
      )
    fc.assert(
      fc.property(document, document, (before, after) => {
        const isSame =
          JSON.stringify(mappingDocumentSchema.parse(before)) === JSON.stringify(mappingDocumentSchema.parse(after))
        assert.equal(changes(before, after).length === 0, isSame)
      }),
    )
  })
})

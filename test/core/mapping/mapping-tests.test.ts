// A mapping test from end to end without a database: a record is kept, run through the mappings, accepted, and what
// differs later is told.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { messageOf } from '../../../core/errors.ts'
import { runMappingTest } from '../../../core/mapping/run-mapping-test.ts'
import {
  differencesOf,
  type Expectation,
  expectationOf,
  expectationSchema,
} from '../../../core/mapping/test-differences.ts'
import { captureRecord, type TestRecord, testRecordSchema } from '../../../core/mapping/test-record.ts'
import type { MappingDocument, ObjectMappingInput } from '../../../core/sdk/mapping.ts'
import type { SourceRecord } from '../../../core/sdk/source-model.ts'
import { field, fieldsOf, orderMapping, orderRecord, positions, property } from './order-fixture.ts'

const model = { name: 'Order', nested: { OrderPosition: { label: 'Position', inputs: ['position'] } } }
const provider = { externalObjectTypes: [], listFieldJoiner: ',' }

/** As it comes back from the database. */
const stored = (test: TestRecord): TestRecord => testRecordSchema.parse(JSON.parse(JSON.stringify(test)))
const capture = (record: SourceRecord = orderRecord, mask: ((text: string) => string) | null = null) =>
  stored(captureRecord({ model, record, fields: fieldsOf, mask }))
const run = (document: MappingDocument, test = capture()) => runMappingTest({ test, document, provider })
function expected(document: MappingDocument, test = capture()): Expectation {
  const expectation = expectationOf(run(document, test))
  assert.ok(expectation)
  return expectationSchema.parse(JSON.parse(JSON.stringify(expectation)))
}
const told = (expectation: Expectation, document: MappingDocument, test = capture()) =>
  differencesOf(expectation, run(document, test)).map(({ mappingKey, label, property: name, expected: was, got }) => [
    mappingKey,
    label,
    name,
    was,
    got,
  ])
const positionMapping = (members: Partial<ObjectMappingInput> = {}) =>
  orderMapping({ key: 'tickets', sourceModel: 'OrderPosition', sourceIdField: 'position_id', ...members })

describe('a record that a test keeps', () => {
  it('gives every field as the host gave it, of the nested records too', () => {
    const names = ['code', 'total', 'status', 'topics', 'placed_at', 'is_test', 'note'] as const
    const propertyMappings = [
      ...names.map((name) => property({ externalField: name, source: { field: name } })),
      {
        externalField: 'items',
        each: {
          nestedModel: 'OrderPosition',
          propertyMappings: [property({ externalField: 'who', source: { template: '{attendee}/{code}/{price}' } })],
        },
      },
    ]
    const [object] = run([orderMapping({ propertyMappings })])
    assert.equal(object?.outcome.kind, 'object')
    assert.deepEqual(
      object.outcome.kind === 'object' && object.outcome.properties.map(([name, value]) => [name, value]),
      [
        ['code', 'ABC12'],
        ['total', '120.50'],
        ['status', 'p'],
        ['topics', 'db,ui'],
        ['placed_at', '2026-03-01T09:30:00+01:00'],
        ['is_test', false],
        ['note', null],
        ['items', [{ who: 'Grace/ABC12/100.00' }, { who: '/ABC12/20.50' }]],
      ],
    )
  })

  it('masks what a person wrote and leaves choices, amounts and dates', () => {
    const masked = capture(orderRecord, (text) => `(${text.length})`)
    const values = Object.fromEntries(masked.fields.map(({ key }, index) => [key, masked.values[index]]))
    assert.deepEqual(
      [values.name, values.email, values.zip, values.total, values.status, values.placed_at, values.is_test],
      ['(17)', '(15)', '(5)', '120.50', ['p'], '2026-03-01T09:30:00+01:00', false],
    )
    assert.equal(masked.label, '(5)')
    assert.deepEqual(masked.nested[0]?.records[0]?.values[1], '(5)')
    assert.doesNotMatch(JSON.stringify(masked), /Ada|Grace|ABC12|example/)
  })

  it('says of a field that it could not be read, and no more where it is masked', () => {
    const failing = {
      ...field('secret', 'text', 'order'),
      getter: () => {
        throw new Error('no value for Ada')
      },
    }
    const fields = () =>
      new Map([
        ['code', field('code', 'text', 'order')],
        ['secret', failing],
      ])
    const of = (mask: ((text: string) => string) | null) => captureRecord({ model, record: orderRecord, fields, mask })
    const document = [orderMapping({ propertyMappings: [property({ source: { field: 'secret' } })] })]
    const message = (test: TestRecord) => {
      const [object] = run(document, stored(test))
      return object?.outcome.kind === 'failed' ? object.outcome.message : ''
    }
    assert.match(message(of(null)), /The source field "The secret".*no value for Ada/)
    assert.match(message(of((text) => text)), /could not be read when the test was made/)
    assert.doesNotMatch(JSON.stringify(of((text) => text)), /no value for Ada/)
  })

  it('keeps the first 50 of many nested records, and how many there were', () => {
    const many = Array.from({ length: 500 }, (_, index) => ({ ...positions[0], id: String(index), label: `P${index}` }))
    const record = { ...orderRecord, nested: { OrderPosition: many } } as SourceRecord
    const [group] = capture(record).nested
    assert.deepEqual([group?.count, group?.records.length, group?.records.at(-1)?.label], [500, 50, 'P49'])
  })

  it('keeps fewer where their texts are long, and is refused where its own are too long', () => {
    const order = { code: 'A' }
    const long = (id: string) => ({ id, label: id, inputs: { position: { attendee: 'x'.repeat(10_000) }, order } })
    const nested = { OrderPosition: Array.from({ length: 50 }, (_, index) => long(String(index))) }
    assert.equal(capture({ ...orderRecord, nested }).nested[0]?.records.length, 25)
    const record = { ...orderRecord, inputs: { order: { note: 'x'.repeat(400_000) } }, nested: {} }
    assert.throws(
      () => capture(record),
      (error) => /ABC12 hold 40\d{4} characters/.test(messageOf(error)),
    )
  })

  it('takes names and values of any kind for data', () => {
    const hostile = [
      '__proto__',
      'constructor',
      '<script>alert(1)</script>',
      "'; drop table x; --",
      '{{7*7}}',
      '\ufffd',
      '\u202egpj.exe',
      '%00%0d%0a',
    ]
    const fields = () => new Map(hostile.map((key) => [key, { ...field(key, 'text', 'order'), getter: () => key }]))
    const nestedModel = { name: '__proto__', nested: JSON.parse('{"__proto__": {"label": "n", "inputs": []}}') }
    const record = { ...orderRecord, nested: JSON.parse('{"__proto__": []}') }
    const test = stored(captureRecord({ model: nestedModel, record, fields, mask: null }))
    const document = [
      orderMapping({
        sourceModel: '__proto__',
        sourceIdField: '__proto__',
        propertyMappings: hostile.map((key, index) =>
          property({ externalField: `f${index}`, source: { field: key }, updateMode: 'overwrite' }),
        ),
      }),
    ]
    const [object] = run(document, test)
    assert.deepEqual(object?.outcome.kind === 'object' && object.outcome.properties.map(([, value]) => value), hostile)
    assert.deepEqual(told(expected(document, test), document, test), [])
  })
})

describe('a run of a test', () => {
  it('puts placeholders for references and results, with their number where there are several', () => {
    const document = [
      positionMapping(),
      orderMapping({
        propertyMappings: [
          property({
            externalField: 'customer',
            source: { reference: 'Customer', idField: 'customer_id' },
            transforms: [{ name: 'number' }],
          }),
          property({ externalField: 'whole', source: { result: 'tickets', path: 'customs' } }),
          property({ externalField: 'tickets', source: { result: 'tickets', path: 'customs.id' } }),
          property({ externalField: 'known', source: { result: 'tickets', path: 'idValue' } }),
        ],
      }),
      positionMapping({
        key: 'seats',
        propertyMappings: [property({ externalField: 'order', source: { result: 'orders', path: 'remoteId' } })],
      }),
    ]
    const objectTypes = [
      {
        name: 'deal',
        label: 'Deal',
        idFields: ['number'],
        fields: [{ key: 'customer', label: 'Customer', type: 'integer' as const }],
        allowsOtherFields: true,
      },
    ]
    const tested = runMappingTest({
      test: capture(),
      document,
      provider: { ...provider, externalObjectTypes: objectTypes },
    })
    const made = tested.map(({ mappingKey, position, outcome }) => [
      mappingKey,
      position,
      outcome.kind === 'object' ? outcome.properties.map(([, value]) => value) : outcome,
    ])
    assert.deepEqual(made, [
      ['tickets', 1, []],
      ['tickets', 2, []],
      [
        'orders',
        null,
        [
          '‹Customer c1›',
          [{ id: '‹customs.id of tickets 1›' }, { id: '‹customs.id of tickets 2›' }],
          '‹customs.id of tickets 1›,‹customs.id of tickets 2›',
          '1,2',
        ],
      ],
      ['seats', 1, ['‹remoteId of orders›']],
      ['seats', 2, ['‹remoteId of orders›']],
    ])
  })

  it('leaves out what is switched off, skips by condition, and fails what builds on a failure', () => {
    const document = [
      orderMapping({ key: 'off', isEnabled: false }),
      orderMapping({ key: 'skips', when: { field: 'total', operator: 'less_than', value: '5' } }),
      orderMapping({ key: 'fails', propertyMappings: [property({ source: { field: 'nowhere' } })] }),
      orderMapping({ key: 'builds', propertyMappings: [property({ source: { result: 'fails', path: 'remoteId' } })] }),
      orderMapping({ key: 'goes' }),
    ]
    const tested = run(document)
    assert.deepEqual(
      tested.map(({ mappingKey, outcome }) => [mappingKey, outcome.kind]),
      [
        ['skips', 'skipped'],
        ['fails', 'failed'],
        ['builds', 'failed'],
        ['goes', 'object'],
      ],
    )
    assert.equal(expectationOf(tested), null)
  })

  it('runs a hundred mappings over fifty nested records in a moment', () => {
    const many = Array.from({ length: 50 }, (_, index) => ({ ...positions[0], id: String(index) }))
    const test = capture({ ...orderRecord, nested: { OrderPosition: many } } as SourceRecord)
    const document = Array.from({ length: 100 }, (_, index) =>
      positionMapping({
        key: `k${index}`,
        propertyMappings: [property({ source: { template: '{attendee} {price}' } })],
      }),
    )
    const begin = performance.now()
    assert.equal(run(document, test).length, 5000)
    assert.ok(performance.now() - begin < 5000)
  })
})

describe('a difference', () => {
  const base = (members: Partial<ObjectMappingInput> = {}) => [
    orderMapping({ propertyMappings: [property({ externalField: 'title', source: { field: 'name' } })], ...members }),
  ]
  const title = 'Ada King Lovelace'

  it('is none where the same is made, in another order of keys and properties', () => {
    const two = (first: string, second: string) => [
      orderMapping({
        propertyMappings: [first, second].map((name) =>
          property({ externalField: name, source: { constant: { a: 1, b: [{ d: null, c: '\ufffd' }] } } }),
        ),
      }),
    ]
    const expectation = expected(two('x', 'y'))
    const turned = JSON.parse(
      JSON.stringify(expectation).replaceAll(
        '{"a":1,"b":[{"d":null,"c":"\ufffd"}]}',
        '{"b":[{"c":"\ufffd","d":null}],"a":1}',
      ),
    )
    assert.notDeepEqual(JSON.stringify(turned), JSON.stringify(expectation))
    assert.deepEqual(told(turned, two('y', 'x')), [])
  })

  it('is told for a value, a property that came or went, and how it is written', () => {
    const change = (propertyMappings: ObjectMappingInput['propertyMappings']) =>
      told(expected(base()), base({ propertyMappings })).map((one) => one.slice(2))
    assert.deepEqual(change([property({ externalField: 'title', source: { field: 'email' } })]), [
      ['title', title, 'ada@example.org'],
    ])
    assert.deepEqual(change([property({ externalField: 'name', source: { field: 'note' } })]), [
      ['title', title, 'not written'],
      ['name', 'not written', 'no value'],
    ])
    assert.deepEqual(change([property({ externalField: 'title', source: { field: 'name' }, updateMode: 'if_new' })]), [
      ['title', `${title} (overwrite)`, `${title} (if_new)`],
    ])
    const empty = property({ externalField: 'title', source: { constant: '' } })
    assert.deepEqual(change([empty]), [['title', title, 'empty text']])
  })

  it('is told for what an object is, and for its number and truth', () => {
    const expectation = expected(base())
    assert.deepEqual(
      told(expectation, base({ externalObjectType: 'lead', externalIdField: 'id', sourceIdField: 'email' })).map(
        (one) => one.slice(2),
      ),
      [
        ['object type', 'deal', 'lead'],
        ['recognised by', 'number', 'id'],
        ['value it is recognised by', 'ABC12', 'ada@example.org'],
      ],
    )
    const constant = (value: string | number | boolean) =>
      base({ propertyMappings: [property({ source: { constant: value } })] })
    assert.equal(told(expected(constant(1)), constant('1')).length, 1)
    assert.equal(told(expected(constant(false)), constant('')).length, 1)
  })

  it('is told for an object that is skipped, fails, is new or is no more', () => {
    const tickets = [...base(), positionMapping()]
    const expectation = expected(tickets)
    const skipping = [...base({ when: { field: 'note', is: 'not_empty' } }), positionMapping()]
    assert.deepEqual(
      told(expectation, skipping).map((one) => one.slice(1)),
      [
        [
          'ABC12',
          'the object',
          'a deal "ABC12"',
          'skipped: ABC12 does not meet the condition of the mapping: "The note" is not empty.',
        ],
      ],
    )
    assert.deepEqual(
      told(expected(skipping), tickets).map((one) => one.slice(3)),
      [['skipped', 'a deal "ABC12"']],
    )
    assert.deepEqual(
      told(expectation, base()).map((one) => one.slice(1)),
      [
        ['nested record 1', 'the object', 'a deal "1"', 'no such object'],
        ['nested record 2', 'the object', 'a deal "2"', 'no such object'],
      ],
    )
    assert.deepEqual(
      told(expected(base()), tickets).map((one) => one.slice(1)),
      [
        ['ABC12-1', 'the object', 'no such object', 'a deal "1"'],
        ['ABC12-2', 'the object', 'no such object', 'a deal "2"'],
      ],
    )
    const failing = base({ propertyMappings: [property({ source: { field: 'nowhere' } })] })
    assert.match(String(told(expected(base()), failing)[0]?.[4]), /^failed: The source field "nowhere" does not exist/)
  })

  it('of long texts is shown where they begin to differ', () => {
    const long = (end: string) =>
      base({ propertyMappings: [property({ source: { constant: `${'a'.repeat(9000)}${end}` } })] })
    const [row] = told(expected(long('1234')), long('1243'))
    assert.deepEqual(row?.slice(3), [`…${'a'.repeat(98)}1234`, `…${'a'.repeat(98)}1243`])
  })
})

// Mappings as chance makes them, hostile ones among them: of the models Order and Position, into objects of the type thing.
import fc from 'fast-check'
import { comparisonOperators, mappingDocumentSchema, type ObjectMapping, updateModes } from '../../core/sdk/mapping.ts'

/** Of its fields, on both sides. */
export const keys = ['a', 'b', 'c', 'hasOwnProperty', 'valueOf', 'polluted']
const hostile = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  '',
  '{a}',
  '{{',
  '$&',
  'a\u0000b',
  '\ud800',
  'x'.repeat(3000),
]
const numbers = [
  '0',
  '12.50',
  '-7',
  '1e9',
  '9007199254740993',
  '2026-03-01',
  '2026-03-01T09:30:00+01:00',
  'yes',
  'ada@example.org',
]
export const key = fc.constantFrom(...keys)
export const text = fc.oneof(fc.constantFrom(...hostile, ...numbers, ...keys), fc.string({ maxLength: 8 }))
const json = fc.oneof(
  text,
  fc.json({ maxDepth: 3 }).map((value): unknown => JSON.parse(value)),
)
const condition = fc.letrec<{ condition: unknown }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.record({ field: key, is: fc.constantFrom('empty', 'not_empty') }),
    fc.record({ field: key, oneOf: fc.array(text, { minLength: 1, maxLength: 3 }) }),
    fc.record({ field: key, operator: fc.constantFrom(...comparisonOperators), value: fc.oneof(text, fc.boolean()) }),
    fc.record({ not: tie('condition') }),
    fc.record({ all: fc.array(tie('condition'), { maxLength: 3 }) }),
    fc.record({ any: fc.array(tie('condition'), { minLength: 1, maxLength: 3 }) }),
  ),
})).condition
const transform = fc.oneof(
  fc
    .constantFrom('trim', 'uppercase', 'capitalize', 'number', 'sha256', 'given_name', 'family_name', 'email_domain')
    .map((name) => ({ name })),
  fc.constantFrom('date', 'time', 'datetime', 'unix_seconds').map((format) => ({ name: 'date', format })),
  fc.record({ name: fc.constant('replace'), search: fc.constantFrom('a', 'x', '.'), replacement: text }),
  fc.record({ name: fc.constantFrom('prefix', 'suffix'), text }),
  fc.record({ name: fc.constant('pick'), index: fc.integer({ min: -3, max: 3 }) }),
  fc.constantFrom(
    { name: 'split', separator: 'x' },
    { name: 'join', separator: '' },
    { name: 'round', digits: 2 },
    { name: 'default', value: '1' },
  ),
)
const source = fc.oneof(
  fc.record({ field: key }),
  fc.record({ constant: json }),
  fc.record({ template: fc.oneof(text, fc.constantFrom('{a}', '{a} {b}', '{{{c}}}', '{')) }),
  fc.record({
    result: key,
    path: fc.constantFrom('remoteId', 'customs.a.b', 'customs.0', 'length', 'toString', 'odd'),
  }),
  fc.record({ reference: key, idField: key }),
)
const valueMap = fc.dictionary(fc.constantFrom('a', 'constructor', 'toString'), json, { maxKeys: 3 })
const nestedProperty = fc.record(
  {
    externalField: key,
    source,
    valueMap,
    valueMapDefault: json,
    transforms: fc.array(transform, { maxLength: 3 }),
    updateMode: fc.constantFrom(...updateModes),
  },
  { requiredKeys: ['externalField', 'source'] },
)
const eachProperty = fc.record({
  externalField: key,
  each: fc.record({
    nestedModel: fc.constantFrom('Position', 'Nothing', 'constructor'),
    propertyMappings: fc.array(nestedProperty, { minLength: 1, maxLength: 3 }),
  }),
  updateMode: fc.constantFrom(...updateModes),
})
export const mapping: fc.Arbitrary<ObjectMapping> = fc
  .record({
    key: fc.constant('m'),
    sourceModel: fc.constantFrom('Order', 'Position'),
    externalObjectType: fc.constant('thing'),
    sourceIdField: fc.oneof({ arbitrary: fc.constant('a'), weight: 4 }, key),
    externalIdField: key,
    when: fc.option(condition, { freq: 1 }),
    propertyMappings: fc.array(fc.oneof(nestedProperty, nestedProperty, eachProperty), { maxLength: 5 }),
  })
  .map((candidate) => mappingDocumentSchema.safeParse([candidate]).data?.[0])
  .filter((parsed) => parsed !== undefined)

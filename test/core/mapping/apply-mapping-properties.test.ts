// applyMapping against generated mappings and records, hostile ones among them: it is total, pure and deterministic.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { isErrorKind } from '../../../core/errors.ts'
import {
  applyMapping,
  type MappedResult,
  type MappingInput,
  referencesOf,
} from '../../../core/mapping/apply-mapping.ts'
import { validateMapping } from '../../../core/mapping/validate-mapping.ts'
import { type ExternalObjectType, externalTypes } from '../../../core/sdk/external-object-type.ts'
import { updateModes } from '../../../core/sdk/mapping.ts'
import { propertyValueSchema } from '../../../core/sdk/property-value.ts'
import { type SourceField, type SourceRecord, sourceTypes } from '../../../core/sdk/source-model.ts'
import { key, keys, mapping, text } from '../../support/arbitrary-mapping.ts'

const options = [
  { key: 'a', label: 'A' },
  { key: '__proto__', label: 'P' },
  { key: 'constructor', label: 'C' },
]

// What a getter gives, or does.
const behaviour = fc.oneof(
  {
    arbitrary: fc.oneof(text, fc.boolean(), fc.constant(null), fc.array(fc.oneof(text, key), { maxLength: 3 })),
    weight: 30,
  },
  {
    arbitrary: fc.constantFrom<unknown>(undefined, 5, {}, [1], Symbol.iterator, 10n, () => 'x', new Error('thrown')),
    weight: 1,
  },
)
const fields = fc
  .array(fc.tuple(fc.constantFrom(...sourceTypes), behaviour, fc.boolean()), { minLength: 5, maxLength: 6 })
  .map((list) => {
    const entries = list.map(([type, value, hasOptions], index): [string, SourceField] => {
      const name = keys[index] ?? 'a'
      const getter = (): never => {
        if (value instanceof Error) throw value
        // Getters of plugins can give anything.
        return value as never
      }
      const category = { label: 'C', sortIndex: 1 }
      return [
        name,
        { key: name, label: name, category, type, requiredInput: 'order', getter, ...(hasOptions ? { options } : {}) },
      ]
    })
    return new Map(entries)
  })
// Half of them take anything: most values do not convert to a type that chance has picked.
const objectType: fc.Arbitrary<ExternalObjectType | null> = fc.option(
  fc.array(fc.constantFrom(...externalTypes), { minLength: 6, maxLength: 6 }).map((types) => ({
    name: 'thing',
    label: 'Thing',
    idFields: keys,
    fields: types.map((type, index) => ({ key: keys[index] ?? 'a', label: 'x', type, maxLength: 50 })),
  })),
  { freq: 1 },
)
const nested = { id: '1', label: 'O-1', inputs: { order: {} } }
const record: SourceRecord = {
  id: '7',
  label: 'O',
  scope: '',
  inputs: { order: {} },
  nested: { Position: [nested, { ...nested, id: '7' }] },
}
const customs = { a: { b: ['x'] } }
const common = {
  action: 'created',
  externalObjectType: 'thing',
  externalIdField: 'a',
  idValue: '1',
  odd: () => 1,
} as const
const mappedObjects = {
  a: [{ ...common, remoteId: 'r', sourceModel: 'Position', sourceId: '1', customs }, null],
  b: [{ ...common, remoteId: 'r', sourceModel: 'Order', sourceId: '7', customs: ['x'] }],
}

const input: fc.Arbitrary<MappingInput> = fc
  .record({
    mapping,
    fields,
    objectType,
    joiner: fc.constantFrom(',', ';', '', null),
    isNested: fc.boolean(),
    hasRemote: fc.boolean(),
  })
  .map(({ mapping, fields, objectType, joiner, isNested, hasRemote }) => ({
    mapping: deepFrozen(mapping),
    record: deepFrozen(record),
    ...(isNested ? { nestedRecord: deepFrozen(nested) } : {}),
    fields: (model) => (model === 'Order' || model === 'Position' ? fields : new Map()),
    objectType: deepFrozen(objectType),
    listFieldJoiner: joiner,
    mappedObjects: deepFrozen(mappedObjects),
    resolveReference: (model, id) => (hasRemote ? `${model}/${id}` : null),
  }))

function deepFrozen<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const child of Object.values(value)) deepFrozen(child)
  }
  return value
}

/** The result, or the text of the error. */
function outcomeOf(input: MappingInput): MappedResult | string {
  try {
    return applyMapping(input)
  } catch (error) {
    assert.ok(isErrorKind(error, 'SyncConfigError'), error instanceof Error ? error.stack : String(error))
    return String(error)
  }
}

describe('applyMapping, of any mapping and any record', () => {
  it('gives a result or a MappingError, the same every time, and changes nothing it was given', () => {
    const kinds = new Map<string, number>()
    const prototypes = [Object.prototype, Array.prototype, Function.prototype].map((it) => Reflect.ownKeys(it).length)
    fc.assert(
      fc.property(input, (input) => {
        const before = JSON.stringify(input.mapping)
        const outcome = outcomeOf(input)
        assert.deepEqual(outcomeOf(input), outcome)
        assert.equal(JSON.stringify(input.mapping), before)
        const result = typeof outcome === 'string' ? ({ kind: 'error' } as const) : outcome
        kinds.set(result.kind, (kinds.get(result.kind) ?? 0) + 1)
        if (result.kind !== 'object') return
        assert.notEqual(result.idValue.trim(), '')
        assert.deepEqual(
          result.properties.map(([externalField, , updateMode]) => [externalField, updateMode]),
          input.mapping.propertyMappings.map(({ externalField, updateMode }) => [externalField, updateMode]),
        )
        for (const [, value] of result.properties) propertyValueSchema.parse(value)
      }),
      { numRuns: 4000 },
    )
    assert.deepEqual(
      [Object.prototype, Array.prototype, Function.prototype].map((it) => Reflect.ownKeys(it).length),
      prototypes,
    )
    assert.equal(Reflect.get({}, 'polluted'), undefined)
    // The generators would prove nothing if they only ever came to one end.
    for (const kind of ['object', 'skipped', 'waiting', 'error'])
      assert.ok((kinds.get(kind) ?? 0) >= 40, `${kind}: ${kinds.get(kind)}`)
  })

  it('names beforehand every reference it then asks for', () => {
    fc.assert(
      fc.property(input, (input) => {
        const announced = new Set(referencesOf(input).map(({ model, id }) => JSON.stringify([model, id])))
        const resolveReference = (model: string, id: string): string => {
          assert.ok(announced.has(JSON.stringify([model, id])))
          return 'r'
        }
        outcomeOf({ ...input, resolveReference })
      }),
      { numRuns: 1000 },
    )
  })

  it('is judged by validateMapping without throwing', () => {
    fc.assert(
      fc.property(input, ({ mapping, fields, objectType }) => {
        const list = [...fields('Order').values()]
        const nested = [{ name: 'Position', inputs: ['order'], fields: list }]
        const models = [{ name: 'Order', inputs: ['order'], fields: list, nested }]
        const objectTypes = objectType === null ? [] : [objectType]
        for (const problem of validateMapping({ document: [mapping], models, objectTypes, updateModes })) {
          assert.match(problem.path, /^0\./)
          assert.notEqual(problem.message, '')
        }
      }),
      { numRuns: 1000 },
    )
  })
})

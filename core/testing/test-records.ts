// A host without a database: source models whose records lie in memory, for a test to put, change and remove.
import { OutboundSyncError } from '../errors.ts'
import { didYouMean } from '../sdk/near-name.ts'
import type { SourceValue } from '../sdk/property-value.ts'
import type { FieldOption, Inputs, SourceField, SourceModel, SourceRecord, SourceType } from '../sdk/source-model.ts'

export interface TestField {
  key: string
  /** @default 'text' */
  type?: SourceType
  /** @default the key */
  label?: string
  /** The choices of a `choice` or `multiple_choice` field. */
  options?: readonly FieldOption[]
}

/** A source model for tests. A getter's input is the model's name with a small first letter: `inputs.order`. */
export interface TestModel {
  name: string
  fields: readonly TestField[]
  /** Nested models by name. Mappings of a nested model can read the fields of the root too. */
  nested?: Readonly<Record<string, readonly TestField[]>>
  /** The field that people call a record by. @default its id */
  labelField?: string
}

/**
 * A record: its id, a value for each field (one that is left out has none), and under the name of a nested model a list
 * of such records.
 */
export interface TestRecord {
  readonly id: string
  readonly [key: string]: SourceValue | readonly TestRecord[] | undefined
}

/** The records of the test's host. Each method throws for a model, field or record that does not exist. */
export interface TestRecords {
  /** Adds a record, or replaces the one with its id. @param options.scope @default the instance's */
  put(model: string, record: TestRecord, options?: { scope?: string }): void
  /** Sets some fields of a record and leaves the others. */
  change(model: string, id: string, values: Readonly<Record<string, TestRecord[string]>>): void
  /** A copy. */
  get(model: string, id: string): TestRecord
  remove(model: string, id: string): void
}

interface Stored {
  record: TestRecord
  scope: string
}

export function createTestRecords({ models, scope: usualScope }: { models: readonly TestModel[]; scope: string }): {
  records: TestRecords
  sourceModels: SourceModel[]
} {
  const tables = new Map(models.map((model) => [model.name, { model, stored: new Map<string, Stored>() }]))

  const tableOf = (name: string) => {
    const table = tables.get(name)
    if (!table) throw refused(`There is no model "${name}" in this test.${didYouMean(name, tables.keys())}`)
    return table
  }
  const storedOf = (name: string, id: string): Stored => {
    const stored = tableOf(name).stored.get(id)
    if (!stored) throw refused(`There is no ${name} "${id}" in this test. Put it first.`)
    return stored
  }
  const put: TestRecords['put'] = (name, record, { scope = usualScope } = {}) => {
    const { model, stored } = tableOf(name)
    checkRecord(model, record)
    stored.set(record.id, { record: structuredClone(record), scope })
  }

  return {
    records: Object.freeze({
      put,
      change(name, id, values) {
        const { record, scope } = storedOf(name, id)
        put(name, { ...record, ...values, id }, { scope })
      },
      get: (name, id) => structuredClone(storedOf(name, id).record),
      remove(name, id) {
        storedOf(name, id)
        tableOf(name).stored.delete(id)
      },
    } satisfies TestRecords),
    sourceModels: [...tables.values()].map(({ model, stored }) => createSourceModel(model, stored)),
  }
}

function createSourceModel(model: TestModel, stored: ReadonlyMap<string, Stored>): SourceModel {
  const rootInput = inputName(model.name)
  const rootFields = model.fields.map((field) => sourceField(field, model.name, 0))
  const nested = Object.entries(model.nested ?? {})
  const fieldsByModel = new Map([
    [model.name, rootFields],
    ...nested.map(([name, fields], index): [string, SourceField[]] => {
      const own = fields.map((field) => sourceField(field, name, index + 1))
      const keys = new Set(own.map(({ key }) => key))
      return [name, [...own, ...rootFields.filter(({ key }) => !keys.has(key))]]
    }),
  ])
  const inScope = (scope: string): [string, Stored][] =>
    [...stored].filter(([, one]) => scope === '' || one.scope === scope || one.scope.startsWith(`${scope}/`))

  const toSourceRecord = ({ record, scope }: Stored): SourceRecord => {
    const label = model.labelField === undefined ? null : record[model.labelField]
    return {
      id: record.id,
      label: typeof label === 'string' ? label : record.id,
      scope,
      inputs: { [rootInput]: record },
      nested: Object.fromEntries(
        nested.map(([name]) => [
          name,
          nestedOf(record, name).map((one) => ({
            id: one.id,
            label: one.id,
            inputs: { [inputName(name)]: one, [rootInput]: record },
          })),
        ]),
      ),
    }
  }

  return {
    name: model.name,
    label: model.name,
    labelPlural: `${model.name}s`,
    inputs: [rootInput],
    nested: Object.fromEntries(nested.map(([name]) => [name, { label: name, inputs: [inputName(name), rootInput] }])),
    filters: [],
    hasFixedFields: true,
    fields: async (name) => fieldsByModel.get(name) ?? [],
    load: async (ids) => ids.flatMap((id) => stored.get(id) ?? []).map(toSourceRecord),
    async page(after, _filter, { scope, limit }) {
      const all = inScope(scope).sort(([a], [b]) => (a < b ? -1 : 1))
      const rest = after === null ? all : all.filter(([id]) => id > after)
      const records = rest.slice(0, limit).map(([id, one]) => ({ id, scope: one.scope }))
      return { records, next: rest.length > limit ? (records.at(-1)?.id ?? null) : null }
    },
    count: async (_filter, { scope }) => inScope(scope).length,
  }
}

function sourceField({ key, type = 'text', label = key, options }: TestField, model: string, sortIndex: number) {
  const input = inputName(model)
  const field: SourceField = {
    key,
    label,
    category: { label: model, sortIndex },
    type,
    ...(options ? { options } : {}),
    requiredInput: input,
    getter: (inputs) => readValue(inputs, input, key),
  }
  return field
}

function readValue(inputs: Inputs, input: string, key: string): SourceValue {
  // What lies in the inputs was put there by toSourceRecord; the value was typed when it was put.
  const record = inputs[input] as Readonly<Record<string, SourceValue | undefined>>
  return record[key] ?? null
}

function checkRecord(model: TestModel, record: TestRecord): void {
  checkKeys(model.name, record, [...model.fields.map(({ key }) => key), ...Object.keys(model.nested ?? {})])
  for (const [name, fields] of Object.entries(model.nested ?? {})) {
    const keys = fields.map(({ key }) => key)
    for (const one of nestedOf(record, name)) checkKeys(name, one, keys)
  }
}

function checkKeys(name: string, record: TestRecord, keys: readonly string[]): void {
  if (typeof record.id !== 'string' || record.id === '') throw refused(`A ${name} needs an id, a text.`)
  const unknown = Object.keys(record).find((key) => key !== 'id' && !keys.includes(key))
  if (unknown !== undefined) throw refused(`A ${name} has no field "${unknown}".${didYouMean(unknown, keys)}`)
}

function nestedOf(record: TestRecord, name: string): readonly TestRecord[] {
  const list = record[name]
  // A list under the name of a nested model holds its records.
  return Array.isArray(list) ? (list as readonly TestRecord[]) : []
}

function inputName(model: string): string {
  return `${model.slice(0, 1).toLowerCase()}${model.slice(1)}`
}

function refused(message: string): OutboundSyncError {
  return new OutboundSyncError('test_record', message)
}

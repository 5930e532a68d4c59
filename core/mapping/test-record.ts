// A record of the host as a mapping test keeps it: what its fields gave when the test was made, and nothing of the host's
// own objects. Lists instead of objects by key, so that no name a host gives can mean anything. PURE.
import { z } from 'zod'
import { MappingError, messageOf } from '../errors.ts'
import type { SourceValue } from '../sdk/property-value.ts'
import {
  type NestedRecord,
  type SourceField,
  type SourceModel,
  type SourceRecord,
  sourceTypes,
} from '../sdk/source-model.ts'
import { createReader, type Fields, readField } from './source-fields.ts'

const fieldSchema = z.strictObject({
  key: z.string(),
  label: z.string(),
  type: z.enum(sourceTypes),
  options: z.array(z.strictObject({ key: z.string(), label: z.string() })).optional(),
})
const valueSchema = z.union([
  z.string(),
  z.boolean(),
  z.null(),
  z.array(z.string()),
  /** The field could not be read. */
  z.strictObject({ problem: z.string() }),
])
/** One value for each field, in the order of the fields. */
const recordSchema = z.strictObject({ label: z.string(), values: z.array(valueSchema) })

export const testRecordSchema = z.strictObject({
  model: z.string(),
  fields: z.array(fieldSchema),
  ...recordSchema.shape,
  nested: z.array(
    z.strictObject({
      model: z.string(),
      label: z.string(),
      fields: z.array(fieldSchema),
      /** How many the record had; those beyond what a test keeps are left out. */
      count: z.int(),
      records: z.array(recordSchema),
    }),
  ),
})
export type TestRecord = z.infer<typeof testRecordSchema>
type TestField = z.infer<typeof fieldSchema>
type TestValue = z.infer<typeof valueSchema>

/** Of each nested model. */
export const maxNestedRecords = 50
const maxCharacters = 300_000

const maskedTypes: ReadonlySet<string> = new Set(['text', 'multiline', 'email', 'url', 'phone'])

/**
 * Reads every field that a mapping could read.
 * @param mask what becomes of text that a person wrote; null keeps everything as it is
 */
export function captureRecord({
  model,
  record,
  fields,
  mask,
}: {
  model: Pick<SourceModel, 'name' | 'nested'>
  record: SourceRecord
  /** The fields of a model by key, for the record's scope. */
  fields(model: string): Fields
  mask: ((text: string) => string) | null
}): TestRecord {
  // A record of many long texts keeps fewer of its nested records, so that it stays one.
  for (let limit = maxNestedRecords; ; limit = Math.floor(limit / 2)) {
    const captured = capture(limit)
    const size = JSON.stringify(captured).length
    if (size <= maxCharacters) return captured
    if (limit > 0) continue
    throw new MappingError(
      `The fields of ${record.label} hold ${size} characters, and a test keeps at most ${maxCharacters}. Choose a record with shorter texts.`,
    )
  }

  function capture(limit: number): TestRecord {
    return {
      model: model.name,
      fields: [...fields(model.name).values()].map(fieldWords),
      ...readAll(model.name, record),
      nested: Object.entries(model.nested).map(([name, { label }]) => {
        const records = Object.hasOwn(record.nested, name) ? (record.nested[name] ?? []) : []
        return {
          model: name,
          label,
          fields: [...fields(name).values()].map(fieldWords),
          count: records.length,
          records: records.slice(0, limit).map((nested) => readAll(name, nested)),
        }
      }),
    }
  }

  function readAll(name: string, one: SourceRecord | NestedRecord): z.infer<typeof recordSchema> {
    const reader = createReader(name, one, fields(name))
    const values = [...reader.fields.values()].map((field): TestValue => {
      try {
        return masked(readField(reader, field), field)
      } catch (error) {
        // A message may hold what the field holds.
        return { problem: mask ? 'It could not be read when the test was made.' : messageOf(error) }
      }
    })
    return { label: mask ? mask(one.label) : one.label, values }
  }

  function masked(value: SourceValue, { type }: SourceField): TestValue {
    if (mask && typeof value === 'string' && maskedTypes.has(type)) return mask(value)
    return typeof value === 'object' && value !== null ? [...value] : value
  }
}

function fieldWords({ key, label, type, options }: SourceField): TestField {
  // A host may know more of an option than its name.
  return { key, label, type, ...(options ? { options: options.map(({ key, label }) => ({ key, label })) } : {}) }
}

const category = { label: '', sortIndex: 0 }
const input = 'values'

/** The record as a mapping reads it: every field gives what was kept, wherever the host is by now. */
export function recordOfTest(test: TestRecord): { record: SourceRecord; fields(model: string): Fields } {
  const fields = new Map([test, ...test.nested].map((group) => [group.model, sourceFields(group.fields)]))
  return {
    record: {
      id: '1',
      label: test.label,
      scope: '',
      inputs: { [input]: test.values },
      nested: Object.fromEntries(
        test.nested.map(({ model, records }) => [
          model,
          records.map(({ label, values }, index) => ({ id: String(index + 1), label, inputs: { [input]: values } })),
        ]),
      ),
    },
    fields: (model) => fields.get(model) ?? new Map(),
  }
}

function sourceFields(fields: readonly TestField[]): Fields {
  return new Map(
    fields.map(({ options, ...field }, index) => [
      field.key,
      {
        ...field,
        ...(options ? { options } : {}),
        category,
        requiredInput: input,
        getter: (inputs) => valueAt(inputs[input], index),
      } satisfies SourceField,
    ]),
  )
}

function valueAt(values: unknown, index: number): SourceValue {
  // Put there by recordOfTest, one for each field.
  const value = (values as readonly TestValue[])[index] ?? null
  if (typeof value === 'object' && value !== null && 'problem' in value) throw new MappingError(value.problem)
  return value
}

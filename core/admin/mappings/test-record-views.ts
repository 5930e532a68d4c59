// The record of a mapping test as its pages show it: each field with its value, the nested records by their first, and how
// many were left out.
import type { TestRecord } from '../../mapping/test-record.ts'

export interface TestFieldView {
  label: string
  value: string
  /** Before it was masked; null where that is the same or not to be seen. */
  original: string | null
}

export interface TestGroupView {
  title: string
  fields: readonly TestFieldView[]
  /** Fields without a value. */
  emptyCount: number
  /** How many nested records there were and how many are kept; null for the record itself. */
  nested: { count: number; keptCount: number } | null
}

const maxLength = 300

type Group = Pick<TestRecord, 'fields'> & { records: readonly Pick<TestRecord, 'values'>[] }

/** @param original the same record without a mask, for who may see it */
export function testRecordView(record: TestRecord, original: TestRecord | null): readonly TestGroupView[] {
  const root = { title: record.label, nested: null, ...fieldViews(rootOf(record), original && rootOf(original)) }
  const nested = record.nested.map((group, index) => ({
    title: group.label,
    nested: { count: group.count, keptCount: group.records.length },
    ...fieldViews(group, original?.nested[index] ?? null),
  }))
  return [root, ...nested]
}

const rootOf = (record: TestRecord): Group => ({ fields: record.fields, records: [record] })

function fieldViews(group: Group, original: Group | null): { fields: TestFieldView[]; emptyCount: number } {
  const fields = group.fields.flatMap(({ label }, index): TestFieldView[] => {
    const value = textOf(group.records[0]?.values[index] ?? null)
    if (value === '') return []
    const before = original ? textOf(original.records[0]?.values[index] ?? null) : value
    return [{ label, value: cut(value), original: before === value ? null : cut(before) }]
  })
  return { fields, emptyCount: group.records.length > 0 ? group.fields.length - fields.length : 0 }
}

function textOf(value: TestRecord['values'][number]): string {
  if (value === null) return ''
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (typeof value === 'string') return value
  return 'problem' in value ? value.problem : value.join(', ')
}

const cut = (text: string): string => (text.length > maxLength ? `${text.slice(0, maxLength)}…` : text)

// Which records of a subject a mapping makes objects of.
import type { ObjectMapping } from '../sdk/mapping.ts'
import type { Inputs, NestedRecord, SourceRecord } from '../sdk/source-model.ts'

export interface MappingSource {
  id: string
  inputs: Inputs
  /** Null for the root record itself. */
  nestedRecord: NestedRecord | null
}

/** The record for a mapping of its own model, its nested records for one of theirs, none for a mapping of another model. */
export function sourcesOf(mapping: ObjectMapping, subjectModel: string, record: SourceRecord): MappingSource[] {
  if (mapping.sourceModel === subjectModel) return [{ id: record.id, inputs: record.inputs, nestedRecord: null }]
  const nested = Object.hasOwn(record.nested, mapping.sourceModel) ? (record.nested[mapping.sourceModel] ?? []) : []
  return nested.map((nestedRecord) => ({ id: nestedRecord.id, inputs: nestedRecord.inputs, nestedRecord }))
}

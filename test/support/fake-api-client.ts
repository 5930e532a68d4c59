// A remote system in memory, with the two calls that the reference providers need.
import type { PropertyValue } from '../../core/sdk/index.ts'

type FakeRecord = { _id: number } & { [field: string]: PropertyValue }

export class FakeApiClient {
  readonly #tables = new Map<string, FakeRecord[]>()
  /** Every write, in order, as `created tickets 0` or `updated tickets 0`. */
  readonly writes: string[] = []

  retrieveObject(table: string, field: string, value: string): FakeRecord | null {
    return structuredClone(this.#records(table).find((record) => record[field] === value) ?? null)
  }

  /** Updates the record whose `_id` is given, else adds one; a record's `_id` is its place in its table. */
  createOrUpdateObject(
    table: string,
    record: Readonly<Record<string, PropertyValue>> & { _id: number | null },
  ): FakeRecord {
    const records = this.#records(table)
    const isNew = record._id === null
    const stored: FakeRecord = {
      ...(record._id === null ? {} : records[record._id]),
      ...record,
      _id: record._id ?? records.length,
    }
    records[stored._id] = structuredClone(stored)
    this.writes.push(`${isNew ? 'created' : 'updated'} ${table} ${stored._id}`)
    return stored
  }

  /** All records by table. */
  contents(): Record<string, FakeRecord[]> {
    return structuredClone(Object.fromEntries(this.#tables))
  }

  #records(table: string): FakeRecord[] {
    const records = this.#tables.get(table) ?? []
    this.#tables.set(table, records)
    return records
  }
}

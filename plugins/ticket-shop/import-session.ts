// What the parts of an import share: the transaction they write in, where they write to, and how they count.
import type { TransactionBorder } from '../../core/sdk/index.ts'

export type ImportSession = Pick<TransactionBorder, 'executeSql'>

export interface ImportTarget {
  organizerId: string
  eventId: string
  /** IANA zone of the event. */
  timezone: string
}

export interface SectionCounts {
  created: number
  updated: number
  unchanged: number
}

export function noCounts(): SectionCounts {
  return { created: 0, updated: 0, unchanged: 0 }
}

export function addCounts(left: SectionCounts, right: SectionCounts): SectionCounts {
  return {
    created: left.created + right.created,
    updated: left.updated + right.updated,
    unchanged: left.unchanged + right.unchanged,
  }
}

/** Of an upsert that answers with the rows it wrote and whether they are new. */
export function countChanges(givenCount: number, rows: readonly Record<string, unknown>[]): SectionCounts {
  const created = rows.filter((row) => row.is_new === true).length
  return { created, updated: rows.length - created, unchanged: givenCount - rows.length }
}

/**
 * PostgreSQL plans with what it knows of a table, and after an import that is what was true of the empty one. Where the role
 * does not own the tables it is a warning and nothing else.
 */
export async function analyzeTables(session: ImportSession, tables: readonly string[]): Promise<void> {
  await session.executeSql(`analyze ${tables.map((table) => `ticket_shop."${table}"`).join(', ')}`, [])
}

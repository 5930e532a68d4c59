// Ids ahead of their rows, so that everything of an order, add-ons included, can be written in one statement a table.
import type { EntityManager } from '@mikro-orm/postgresql'
import type { PositionDraft } from './position-draft.ts'

/** As many new ids of each table as asked for, in one query. */
export async function allocateIds(
  em: EntityManager,
  counts: { order?: number; order_position?: number; answer?: number },
): Promise<{ order: IdSupply; order_position: IdSupply; answer: IdSupply }> {
  const allocate = (table: string): string =>
    `array(select nextval(pg_get_serial_sequence('ticket_shop."${table}"', 'id'))::text from generate_series(1, ?)) as "${table}"`
  const tables = ['order', 'order_position', 'answer'] as const
  const [row] = await em.execute<Record<(typeof tables)[number], string[]>[]>(
    `select ${tables.map(allocate).join(', ')}`,
    tables.map((table) => counts[table] ?? 0),
  )
  return {
    order: createIdSupply(row?.order),
    order_position: createIdSupply(row?.order_position),
    answer: createIdSupply(row?.answer),
  }
}

/** How many ids the rows of drafted positions need. */
export function positionCounts(drafts: readonly PositionDraft[]): { order_position: number; answer: number } {
  return {
    order_position: drafts.length,
    answer: drafts.reduce((count, draft) => count + draft.answers.length, 0),
  }
}

export interface IdSupply {
  take(): string
}

function createIdSupply(ids: readonly string[] = []): IdSupply {
  let taken = 0
  return {
    take() {
      const id = ids[taken]
      if (id === undefined) throw new RangeError('More ids were taken than allocated')
      taken += 1
      return id
    },
  }
}

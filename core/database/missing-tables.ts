// What PostgreSQL says of our tables while nobody has made them, in words: the host used the instance before its start.
import { messageOf, OutboundSyncError } from '../errors.ts'

/** The code of the error. */
export const tablesMissing = 'tables_missing'

/** The error to throw instead; one of another kind, or of other tables than ours, comes back as it is. */
export function toMissingTables(error: unknown, schema: string): unknown {
  const code: unknown = Reflect.get(Object(error), 'code')
  const text = messageOf(error)
  // By its words too: the data layers of hosts put codes of their own around PostgreSQL's.
  const isMissing = code === '42P01' || code === '3F000' || /(relation|schema) "[^"]+" does not exist/.test(text)
  if (!isMissing || !new RegExp(`["\\s]${schema}["\\.]`).test(text)) return error
  return new OutboundSyncError(
    tablesMissing,
    `The tables of outbound-sync are missing from the schema ${schema} of this database. Call start() of the instance before you use it, or run \`outbound-sync migrate\` once: both make them. (PostgreSQL: ${text})`,
    { cause: error },
  )
}

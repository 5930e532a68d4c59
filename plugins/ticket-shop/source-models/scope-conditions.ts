// What every model whose records belong to an event has in common: the SQL of its scope, and the conditions of a scope.
import { parseScope } from '../scope-path.ts'
import { type Conditions, createConditions } from './keyset.ts'

/** Joins `r.event_id`. */
export const eventJoins =
  'join ticket_shop.event e on e.id = r.event_id join ticket_shop.organizer g on g.id = e.organizer_id'
export const eventScopeSql = `'organizer:' || g.slug || '/event:' || e.slug`

export function scopeConditions(scope: string): Conditions {
  const { organizer, event } = parseScope(scope)
  const conditions = createConditions()
  if (organizer !== null) conditions.add((parameter) => `g.slug = ${parameter}`, organizer)
  if (event !== null) conditions.add((parameter) => `e.slug = ${parameter}`, event)
  return conditions
}

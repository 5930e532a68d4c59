// Whether a plugin is switched on in a scope, given its level and the rows on the scope's path. PURE; activation.ts brings
// the rows.
import type { PluginLevel } from '../sdk/plugin.ts'

export interface ActivationRow {
  scope: string
  isActive: boolean
}

/** The scope and everything above it, the whole instance ('') first. */
export function scopeAncestors(scope: string): string[] {
  if (scope === '') return ['']
  const segments = scope.split('/')
  return ['', ...segments.map((_, index) => segments.slice(0, index + 1).join('/'))]
}

/** True when `scope` is `ancestor` itself or lies below it. */
export function isWithinScope(scope: string, ancestor: string): boolean {
  return ancestor === '' || scope === ancestor || scope.startsWith(`${ancestor}/`)
}

/** True for an event and for everything below one; what a plugin does at an organizer ends above it. */
export function isEventScope(scope: string): boolean {
  return scope.split('/').some((segment) => segment.startsWith('event:'))
}

/** Where a plugin of organizers is switched for what happens in the scope: the nearest part of its path above an event. */
export function aboveEvents(scope: string): string {
  return scopeAncestors(scope).findLast((one) => !isEventScope(one)) ?? ''
}

/**
 * - `instance`: always on.
 * - `organizer`: the nearest row at the organizer or above; events inherit it and have no say.
 * - `event`: the nearest row on the path.
 * - `organizer_and_event`: on at the organizer or above, and in an event also by a row of the event's own part of the
 *   path. At an organizer, where there is no event to ask, the organizer alone decides.
 *
 * Without a row it is off.
 */
export function resolveActivation({
  level,
  scope,
  rows,
}: {
  level: PluginLevel
  scope: string
  /** Of one plugin; rows off the path are passed over. */
  rows: readonly ActivationRow[]
}): boolean {
  const path = scopeAncestors(scope)
  const nearest = (scopes: readonly string[]) =>
    scopes.map((one) => rows.find((row) => row.scope === one)).findLast((row) => row !== undefined)?.isActive ?? false
  const organizerPart = path.filter((one) => !isEventScope(one))
  const eventPart = path.filter(isEventScope)
  switch (level) {
    case 'instance':
      return true
    case 'organizer':
      return nearest(organizerPart)
    case 'event':
      return nearest(path)
    case 'organizer_and_event':
      return nearest(organizerPart) && (eventPart.length === 0 || nearest(eventPart))
  }
}

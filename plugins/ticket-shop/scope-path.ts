// The shop's scopes: `organizer:acme` and `organizer:acme/event:conf26`; the empty scope is the whole shop.
import { ShopError } from './shop-error.ts'

/** What a scope narrows the shop to; null is not narrowed. */
export interface ScopeParts {
  organizer: string | null
  event: string | null
}

export function organizerScope(organizer: string): string {
  return `organizer:${organizer}`
}

export function eventScope(organizer: string, event: string): string {
  return `organizer:${organizer}/event:${event}`
}

export function parseScope(scope: string): ScopeParts {
  if (scope === '') return { organizer: null, event: null }
  const match = /^organizer:([^/:]+)(?:\/event:([^/:]+))?$/.exec(scope)
  if (!match) {
    throw new ShopError(
      `The ticket shop has no scope "${scope}"; its scopes look like organizer:acme and organizer:acme/event:conf26.`,
    )
  }
  return { organizer: match[1] ?? null, event: match[2] ?? null }
}

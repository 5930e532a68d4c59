// Who works in the example shops. A real shop looks its session up in its database; outbound-sync only asks who it is and
// what he may do where.
import type { User } from '../../core/sdk/user.ts'

const names = new Map([['session-of-ann', 'Ann']])

export function staffOf(session: string | undefined): User | null {
  const name = names.get(session ?? '')
  return name === undefined ? null : { id: name.toLowerCase(), name, can: () => true }
}

/** The value of a cookie, as the browser sent it. */
export function cookieOf(header: string | undefined, name: string): string | undefined {
  const pairs = (header ?? '').split('; ').map((pair) => pair.split('='))
  return pairs.find(([key]) => key === name)?.[1]
}

// A grant that nobody keeps: for trying out settings that are not saved yet.
import type { AuthMemory, Grant } from '../auth/authorizer.ts'

export function createPassingMemory(): AuthMemory {
  let current: Grant | null = null
  let renewing: Promise<Grant> | null = null
  return Object.freeze({
    notes: new Map<string, unknown>(),
    grants: Object.freeze({
      current: () => current,
      renew(old: Grant | null, obtain: (stored: Grant | null) => Promise<Grant>) {
        if (current && current !== old) return Promise.resolve(current)
        renewing ??= obtain(current)
          .then((grant) => {
            current = grant
            return grant
          })
          .finally(() => {
            renewing = null
          })
        return renewing
      },
    }),
  })
}

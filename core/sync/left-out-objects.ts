// What an object that was refused means for the others of its subject: those that need its result are left out too, the
// rest is sent. The subject ends with the first refusal, and is not finalized.
import { isErrorKind } from '../errors.ts'
import { resultKeysOf } from '../mapping/results.ts'
import type { ObjectMapping } from '../sdk/mapping.ts'

export interface LeftOutObjects {
  /** What the subject ends with; null while all went well. */
  failure(): { error: unknown } | null
  add(object: { mapping: ObjectMapping; sourceId: string; error?: unknown }): void
  /** The key of a mapping whose result the object would need and will not get. */
  missingFor(object: { mapping: ObjectMapping; sourceId: string }): string | null
}

/** True for what concerns one object; what concerns the remote or the connection would fail the others too. */
export function concernsOneObject(error: unknown): boolean {
  return (
    isErrorKind(error, 'PermanentError') &&
    (!isErrorKind(error, 'SyncConfigError') || isErrorKind(error, 'MappingError'))
  )
}

export function createLeftOutObjects(): LeftOutObjects {
  const leftOut: { mapping: ObjectMapping; sourceId: string }[] = []
  let failure: { error: unknown } | null = null
  return {
    failure: () => failure,
    add({ mapping, sourceId, ...rest }) {
      leftOut.push({ mapping, sourceId })
      if ('error' in rest) failure ??= { error: rest.error }
    },
    missingFor({ mapping, sourceId }) {
      if (leftOut.length === 0) return null
      // A nested record does not see the results of its neighbours: core/mapping/results.ts.
      const isSeen = (one: { mapping: ObjectMapping; sourceId: string }): boolean =>
        one.mapping.sourceModel !== mapping.sourceModel || one.sourceId === sourceId
      const key = resultKeysOf(mapping).find((key) => leftOut.some((one) => one.mapping.key === key && isSeen(one)))
      return key ?? null
    },
  }
}

// The fields of a posted form as the tree that their dotted names describe. In maps, so that a field may be called
// `__proto__` or `constructor` and be nothing but a name.
import type { FormFields } from '../form-fields.ts'

export interface PostedName {
  /** What was posted under this very name. */
  values: readonly string[]
  below: ReadonlyMap<string, PostedName>
}

interface Growing extends PostedName {
  values: readonly string[]
  below: Map<string, Growing>
}

/** Deeper than any form goes. */
const maxSegments = 40
const nothingPosted: PostedName = Object.freeze({ values: [], below: new Map() })

/** @param prefix only the fields below it */
export function postedNames(fields: FormFields, prefix: string): PostedName {
  const root: Growing = { values: [], below: new Map() }
  for (const [name, value] of Object.entries(fields)) {
    const segments = name.split('.')
    if (segments.length > maxSegments) continue
    let place = root
    for (const segment of segments) {
      const next = place.below.get(segment) ?? { values: [], below: new Map() }
      place.below.set(segment, next)
      place = next
    }
    place.values = typeof value === 'string' ? [value] : value
  }
  const top: PostedName | undefined = prefix === '' ? root : root.below.get(prefix)
  return top ?? nothingPosted
}

export function postedBelow(posted: PostedName, segment: string): PostedName {
  return posted.below.get(segment) ?? nothingPosted
}

/** The first value, or an empty text. */
export function postedText(posted: PostedName): string {
  return posted.values[0] ?? ''
}

/** What stands below the numbers 0, 1, 2 ..., in their order; gaps close. */
export function postedItems(posted: PostedName, maxCount: number): readonly PostedName[] {
  return [...posted.below.entries()]
    .filter(([segment]) => /^\d{1,6}$/.test(segment))
    .sort(([left], [right]) => Number(left) - Number(right))
    .slice(0, maxCount)
    .map(([, item]) => item)
}

// Which entry of a list became which entry of a later one, and which of them were moved: as few as can be. Pure.
import { isDeepStrictEqual } from 'node:util'

export interface Pair<Entry> {
  /** Null for one that was added. */
  before: Entry | null
  /** Null for one that was removed. */
  after: Entry | null
  /** It stands elsewhere among those that stayed. */
  isMoved: boolean
}

/**
 * In the order of the later list, what was removed at the end. Entries belong together by their key; where several have
 * one key, equal ones do first.
 */
export function pairEntries<Entry>(
  before: readonly Entry[],
  after: readonly Entry[],
  keyOf: (entry: Entry) => string,
): readonly Pair<Entry>[] {
  const left = new Map(before.map((entry, index) => [index, entry]))
  const partners = new Map<number, number>()
  const take = (fits: (candidate: Entry, wanted: Entry) => boolean) => {
    for (const [index, wanted] of after.entries()) {
      if (partners.has(index)) continue
      const found = [...left].find(([, candidate]) => keyOf(candidate) === keyOf(wanted) && fits(candidate, wanted))
      if (!found) continue
      partners.set(index, found[0])
      left.delete(found[0])
    }
  }
  take(isDeepStrictEqual)
  take(() => true)
  const order = after.flatMap((_entry, index) => partners.get(index) ?? [])
  const stayed = longestRise(order)
  return [
    ...after.map((entry, index) => {
      const place = partners.get(index)
      if (place === undefined) return { before: null, after: entry, isMoved: false }
      return { before: before[place] ?? null, after: entry, isMoved: !stayed.has(place) }
    }),
    ...[...left.values()].map((entry) => ({ before: entry, after: null, isMoved: false })),
  ]
}

/** The numbers of the longest part of the list that rises; the others are those that were moved. */
function longestRise(numbers: readonly number[]): ReadonlySet<number> {
  const best: { length: number; previous: number }[] = []
  for (const number of numbers) {
    let entry = { length: 1, previous: -1 }
    for (const [earlier, { length }] of best.entries()) {
      if ((numbers[earlier] ?? 0) < number && length >= entry.length) entry = { length: length + 1, previous: earlier }
    }
    best.push(entry)
  }
  const longest = Math.max(0, ...best.map(({ length }) => length))
  const rise = new Set<number>()
  let at = best.findIndex(({ length }) => length === longest)
  while (at >= 0) {
    rise.add(numbers[at] ?? 0)
    at = best[at]?.previous ?? -1
  }
  return rise
}

// The order in which test files start: those that take long first, so that none of them runs on alone at the end.

/** Beginnings of paths, the longest first. Each takes more than about ten seconds; all others are equals. */
const long = [
  'test/house/tools',
  'test/core/testing/provider-conformance',
  'test/faults/stopped-postgres',
  'test/faults/kill-workers',
  'test/faults/submitted-batches',
  'test/faults/poison-orders',
  'test/faults/rolling-restarts',
  'test/faults/silent-database',
  // Not beside the tools: it builds, and they read the whole checkout.
  'test/package/',
  'test/faults/',
  'test/pages/',
  'test/hosts/',
  'test/plugins/conformance',
  'test/core/testing/',
  'test/core/database/',
]

export function longestFirst(files: readonly string[]): string[] {
  const rank = (file: string): number => {
    const found = long.findIndex((beginning) => file.startsWith(beginning))
    return found < 0 ? long.length : found
  }
  return files.toSorted((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1))
}

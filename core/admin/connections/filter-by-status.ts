// The list of connections by how they are doing: one filter for each status word that there is, in the address.
import type { ConnectionView } from './connection-overview.ts'

export interface StatusFilter {
  /** In the address; empty shows all. */
  value: string
  label: string
  count: number
  isCurrent: boolean
}

export function filterByStatus(
  connections: readonly ConnectionView[],
  status: string | undefined,
): { filters: readonly StatusFilter[]; connections: readonly ConnectionView[] } {
  // In the order of the list, which has those that need somebody first.
  const byLabel = Map.groupBy(connections, ({ words }) => words.label)
  const needing = connections.filter(({ words }) => words.needsYou)
  const groups = [
    { value: '', label: 'All', found: connections },
    { value: 'needs-you', label: 'Need you', found: needing },
    ...[...byLabel].map(([label, found]) => ({ value: slug(label), label, found })),
  ].filter(({ value, found }) => value === '' || found.length > 0)
  const current = groups.find(({ value }) => value === (status ?? ''))
  return {
    filters: groups.map(({ value, label, found }) => ({
      value,
      label,
      count: found.length,
      isCurrent: value === current?.value,
    })),
    // A status that none has any more: an empty list says so, rather than all of them.
    connections: current?.found ?? [],
  }
}

const slug = (label: string): string => label.toLowerCase().replaceAll(' ', '-')

// The single values within any JSON, for finding one of them again wherever a remote has put it.

/** As text; `95.50` and `95.5` are one. */
export function leavesOf(value: unknown): Set<string> {
  const leaves = new Set<string>()
  const open = [value]
  while (open.length > 0) {
    const next = open.pop()
    if (typeof next === 'object' && next !== null) open.push(...Object.values(next))
    else if (next !== null && next !== undefined && next !== '') leaves.add(normalized(String(next)))
  }
  return leaves
}

function normalized(text: string): string {
  return /^-?\d{1,15}(\.\d+)?$/.test(text) ? String(Number(text)) : text
}

// In which order plugins are set up: a plugin comes after those it depends on, otherwise the order of the list stays. Pure.

interface Dependent {
  readonly name: string
  readonly dependencies: Readonly<Record<string, string>>
}

export interface DependencyOrder<Item> {
  ordered: Item[]
  /** For each plugin of a circle, the way round: `a, b, a`. */
  circles: Map<string, readonly string[]>
}

/** Dependencies outside the list are ignored here; plugins behind a circle are ordered after those before it. */
export function dependencyOrder<Item extends Dependent>(items: readonly Item[]): DependencyOrder<Item> {
  const byName = new Map(items.map((item) => [item.name, item]))
  const circles = new Map<string, readonly string[]>()
  for (const item of items) {
    const circle = wayBackTo(item.name, item, byName, new Set())
    if (circle) circles.set(item.name, [item.name, ...circle])
  }

  const ordered: Item[] = []
  const visited = new Set<string>()
  const visit = (item: Item): void => {
    // A circle ends here too: its members were visited already.
    if (visited.has(item.name)) return
    visited.add(item.name)
    for (const name of Object.keys(item.dependencies)) {
      const dependency = byName.get(name)
      if (dependency) visit(dependency)
    }
    ordered.push(item)
  }
  for (const item of items) visit(item)
  return { ordered, circles }
}

function wayBackTo<Item extends Dependent>(
  target: string,
  from: Item,
  byName: ReadonlyMap<string, Item>,
  seen: Set<string>,
): string[] | null {
  for (const name of Object.keys(from.dependencies)) {
    if (name === target) return [target]
    const next = byName.get(name)
    if (!next || seen.has(name)) continue
    seen.add(name)
    const rest = wayBackTo(target, next, byName, seen)
    if (rest) return [name, ...rest]
  }
  return null
}

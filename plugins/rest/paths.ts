// Where a value stands in JSON: names with dots between them, numbers for places in a list, `\.` for a dot within a name.
// Only what an object holds itself is ever read, so no path reaches a prototype. PURE.
import type { PropertyValue } from '../../core/sdk/index.ts'

const unsafeNames = new Set(['__proto__', 'prototype', 'constructor'])

/** The end of a sentence that begins with the path; null when it can be used. An empty path is the whole answer. */
export function pathProblem(path: string): string | null {
  if (path === '') return null
  const names = namesOf(path)
  if (names.includes('')) return 'has an empty name: write names with one dot between them, such as data.id'
  const unsafe = names.find((name) => unsafeNames.has(name))
  return unsafe === undefined ? null : `must not name ${unsafe}`
}

/** Undefined when there is nothing. */
export function readPath(root: unknown, path: string): unknown {
  let value = root
  for (const name of path === '' ? [] : namesOf(path)) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
    value = Reflect.get(value, name)
  }
  return value
}

type Nested = { [name: string]: PropertyValue | Nested }

/** Puts values at their paths, side by side in one object. */
export function placeAll(entries: readonly { path: readonly string[]; value: PropertyValue }[]): PropertyValue {
  const root: Nested = {}
  for (const { path, value } of entries) {
    let object = root
    for (const name of path.slice(0, -1)) {
      const held = Object.hasOwn(object, name) ? object[name] : undefined
      const next: Nested = isNested(held) ? held : {}
      object[name] = next
      object = next
    }
    const last = path.at(-1)
    if (last !== undefined) define(object, last, value)
  }
  return root
}

/** The value below the path, as the only thing there. */
export function placeUnder(path: string, value: PropertyValue): PropertyValue {
  const names = path === '' ? [] : namesOf(path)
  return names.reduceRight<PropertyValue>((inner, name) => ({ [name]: inner }), value)
}

export function namesOf(path: string): string[] {
  return path.split(/(?<!\\)\./).map((name) => name.replaceAll('\\.', '.'))
}

function isNested(value: PropertyValue | Nested | undefined): value is Nested {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

// An assignment to __proto__ would change what the object is instead of what it holds.
function define(object: Nested, name: string, value: PropertyValue): void {
  Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true })
}

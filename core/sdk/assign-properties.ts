// Which of the mapped properties have to be written, given what the remote holds: the meaning of the update modes.
// Stands in the sdk because every provider calls it.
import { SyncConfigError } from '../errors.ts'
import type { Property } from './mapping.ts'
import { isEmptyValue, type PropertyValue } from './property-value.ts'

/**
 * The values to write, by external field; a field that needs no write is left out.
 *
 * `overwrite` always writes, also an empty value. The others skip empty values: `if_new` writes only to a new object,
 * `if_empty` only where the field would stay empty, `append` adds what is missing. The entries of one field see each
 * other: the first non-empty value wins for `if_new` and `if_empty`, and every `append` counts. Writing the result and
 * calling again with `isNew: false` writes the same values by `overwrite` and nothing by the other modes.
 *
 * @param listSeparator separates the items of a list kept as text; null when the remote has native lists. A field that
 *   holds a native list, or holds nothing and is given one, keeps a native list all the same.
 */
export function assignProperties(
  newValues: readonly Property[],
  oldValues: Readonly<Record<string, unknown>>,
  { isNew, listSeparator }: { isNew: boolean; listSeparator: string | null },
): Record<string, PropertyValue> {
  const writes = new Map<string, PropertyValue>()
  const satisfied = new Set<string>()
  // What the field holds once the writes so far are done.
  const held = (field: string): unknown => {
    if (writes.has(field)) return writes.get(field)
    return Object.hasOwn(oldValues, field) ? oldValues[field] : undefined
  }

  for (const [field, value, mode] of newValues) {
    switch (mode) {
      case 'overwrite':
        writes.set(field, value)
        break
      case 'if_new':
        // What a new object holds are the remote's own defaults: they give way, unless an append has found its items there.
        if (!isNew || isEmptyValue(value) || satisfied.has(field)) break
        if (isEmptyValue(writes.get(field))) writes.set(field, value)
        break
      case 'if_empty':
        if (!isEmptyValue(value) && isEmptyValue(held(field))) writes.set(field, value)
        break
      case 'append': {
        if (isEmptyValue(value)) break
        const appended = appendItems(field, held(field), value, listSeparator)
        if (appended !== null) writes.set(field, appended)
        else if (!isEmptyValue(held(field))) satisfied.add(field)
        break
      }
      default:
        throw new SyncConfigError(`The update mode "${String(mode)}" of the property "${field}" is not known.`)
    }
  }
  return Object.fromEntries(writes)
}

// Null when nothing is missing.
function appendItems(
  field: string,
  held: unknown,
  value: PropertyValue,
  listSeparator: string | null,
): PropertyValue | null {
  // What the field holds decides how its list is kept; where it holds nothing, the new value does.
  const isNative = listSeparator === null || isObject(isEmptyValue(held) ? value : held)
  if (listSeparator === '' || (!isNative && hasObjects(value))) {
    const problem = listSeparator === '' ? 'the list separator is empty' : 'it holds text, and objects are no text'
    throw new SyncConfigError(`Cannot append to the property "${field}": ${problem}.`)
  }
  const heldItems = itemsOf(held, listSeparator, isNative)
  const present = new Set(heldItems.map(identityOf))
  const added: PropertyValue[] = []
  for (const item of itemsOf(value, listSeparator, isNative)) {
    const identity = identityOf(item)
    if (present.has(identity)) continue
    present.add(identity)
    added.push(item)
  }
  if (added.length === 0) return null
  if (isNative) return [...heldItems, ...added]
  return [...heldItems, ...added.map((item) => String(item).trim())].join(listSeparator)
}

// A text is a list of its own wherever a separator is known. An item of a native list is one item, unless it is about to
// be written as text: then it would be read back as several.
function itemsOf(value: unknown, listSeparator: string | null, isNative: boolean): PropertyValue[] {
  // What a remote holds is JSON, so it and its items are property values.
  const items = isList(value) ? value : [value as PropertyValue]
  const isSplit = listSeparator !== null && !(isNative && isList(value))
  return items
    .flatMap((item) => (isSplit && typeof item === 'string' ? splitText(item, listSeparator) : [item]))
    .filter((item) => !isEmptyValue(item))
}

function splitText(text: string, separator: string): string[] {
  return text.split(separator).filter((part) => part.trim() !== '')
}

// Items are compared as text, because remotes hand numbers back as labels and the other way round; blanks around an item
// do not count. Objects are the same when they hold the same, in whatever order the remote hands the keys back.
function identityOf(item: PropertyValue): string {
  return isObject(item) ? JSON.stringify(item, sortedKeys) : String(item).trim()
}

function sortedKeys(_key: string, value: unknown): unknown {
  if (!isObject(value) || isList(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1)))
}

function hasObjects(value: PropertyValue): boolean {
  return isList(value) ? value.some(isObject) : isObject(value)
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

function isList(value: unknown): value is readonly PropertyValue[] {
  return Array.isArray(value)
}

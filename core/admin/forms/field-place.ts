// Where in the form a place of the schema is drawn: the name of its field, and what it is called. Names are the path in the
// schema, joined with dots; the fields of a variant stand below its name, those of a row are `key` and `value`.
import type { Shape } from './form-shape.ts'
import { branchOf, memberOf, rowsOf } from './typed-values.ts'

export interface FieldPlace {
  name: string
  label: string
  /** What it stands in, the outermost first: "Object type 2", "Create". */
  context: readonly string[]
  shape: Shape
}

export function fieldPlace({
  shape,
  typed,
  path,
  name,
  isKey = false,
}: {
  shape: Shape
  typed: unknown
  path: readonly PropertyKey[]
  name: string
  /** The fault is in the name of a row and not in its value. */
  isKey?: boolean
}): FieldPlace {
  const here = { name, label: shape.label, context: [], shape }
  const [segment, ...rest] = path
  if (segment === undefined) return here
  const key = String(segment)
  const { kind } = shape
  const below = (part: Shape, value: unknown, partName: string, within: string) => {
    const place = fieldPlace({ shape: part, typed: value, path: rest, name: joinName(name, partName), isKey })
    return { ...place, context: within === '' ? place.context : [within, ...place.context] }
  }

  switch (kind.name) {
    case 'group': {
      const member = kind.members.find((one) => one.key === key)
      return member ? below(member.shape, memberOf(typed, key), key, shape.label) : here
    }
    case 'list': {
      // Its entries are called by their number and not by the list.
      const item = { ...kind.item, label: `${kind.itemLabel} ${Number(key) + 1}` }
      return below(item, memberOf(typed, key), key, '')
    }
    case 'rows': {
      const rows = rowsOf(typed)
      const index = typeof segment === 'number' ? segment : rows.findIndex((row) => row.key.trim() === key)
      if (index < 0) return here
      const isRow = isKey || typeof segment === 'number'
      const label = typeof segment === 'number' ? `${kind.itemLabel} ${index + 1}` : `${kind.itemLabel} “${key}”`
      return { ...here, name: joinName(name, `${index}.${isRow ? 'key' : 'value'}`), label, shape: kind.value }
    }
    case 'variants': {
      const branch = branchOf(kind, typed)
      const member = branch?.members.find((one) => one.key === key)
      if (!branch || !member) return { ...here, name: joinName(name, kind.discriminator), label: kind.label }
      return below(member.shape, memberOf(typed, key), `${branch.segment}.${key}`, shape.label)
    }
    default:
      return here
  }
}

export function joinName(name: string, segment: string | number): string {
  return name === '' ? String(segment) : `${name}.${segment}`
}

/** The id of the element that a link to the field leads to. */
export const fieldId = (name: string): string => `f-${name}`

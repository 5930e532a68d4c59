// The buttons inside a form that change its lists: add, remove, move up, move down. They send the whole form, which is
// shown again with the list changed and everything typed kept; nothing is checked and nothing is saved.
import { type FormFields, textField } from '../form-fields.ts'
import { joinName } from './field-place.ts'
import { mayBeAbsent, type Shape, wholeList } from './form-shape.ts'
import { branchOf, itemsOf, memberOf, rowsOf } from './typed-values.ts'

/** The name of every such button; no setting can be called so, because names of settings hold no blank. */
const actionName = 'form action'
const verbs = ['add', 'remove', 'up', 'down'] as const
export type ActionVerb = (typeof verbs)[number]

export interface FormAction {
  verb: ActionVerb
  /** Of the list for `add`, else of its entry. */
  name: string
}

/** Where the reader goes on: the first field of a new entry, the button that moved one, or the list's for another one. */
export interface FormFocus {
  name: string
  on: 'field' | 'up' | 'down' | 'add'
}

/** Null when the form was sent to be saved. */
export function formAction(fields: FormFields): FormAction | null {
  const value = textField(fields, actionName)
  const verb = verbs.find((one) => value.startsWith(`${one} `))
  return verb ? { verb, name: value.slice(verb.length + 1) } : null
}

export const actionValue = (verb: ActionVerb, name: string): string => `${verb} ${name}`

export function applyAction({
  shape,
  typed,
  name,
  action,
}: {
  shape: Shape
  typed: unknown
  name: string
  action: FormAction
}): { typed: unknown; focus: FormFocus | null } {
  let focus: FormFocus | null = null

  function changeItems(itemShape: Shape | null, items: readonly unknown[], at: string): readonly unknown[] {
    if (action.verb === 'add' && action.name === at && items.length < wholeList) {
      const added = joinName(at, items.length)
      focus = { name: itemShape ? firstField(itemShape, added) : joinName(added, 'key'), on: 'field' }
      return [...items, itemShape ? blankOf(itemShape) : { key: '', value: '' }]
    }
    const index = items.findIndex((_, number) => joinName(at, number) === action.name)
    const isAt = index >= 0
    if (isAt && action.verb === 'remove') {
      focus = { name: at, on: 'add' }
      return items.toSpliced(index, 1)
    }
    const target = action.verb === 'up' ? index - 1 : index + 1
    if (isAt && action.verb !== 'add' && target >= 0 && target < items.length) {
      focus = { name: joinName(at, target), on: action.verb === 'up' ? 'up' : 'down' }
      return items.toSpliced(index, 1).toSpliced(target, 0, items[index])
    }
    return itemShape ? items.map((item, number) => change(itemShape, item, joinName(at, number))) : items
  }

  function change(part: Shape, value: unknown, at: string): unknown {
    const { kind } = part
    // Only towards the place of the button.
    if (at !== '' && action.name !== at && !action.name.startsWith(`${at}.`)) return value
    switch (kind.name) {
      case 'group':
        return typeof value === 'object' && value !== null
          ? changeMembers(kind.members, value, (key) => joinName(at, key))
          : value
      case 'variants': {
        const branch = branchOf(kind, value)
        return branch && typeof value === 'object' && value !== null
          ? changeMembers(branch.members, value, (key) => joinName(at, `${branch.segment}.${key}`))
          : value
      }
      case 'list':
        return changeItems(kind.item, itemsOf(value), at)
      case 'rows':
        return changeItems(null, rowsOf(value), at)
      default:
        return value
    }
  }

  function changeMembers(
    members: readonly { key: string; shape: Shape }[],
    value: object,
    nameOf: (key: string) => string,
  ) {
    const changed = members.map(({ key, shape: part }) => [key, change(part, memberOf(value, key), nameOf(key))])
    return { ...value, ...Object.fromEntries(changed) }
  }

  return { typed: change(shape, typed, name), focus }
}

// So that its fields are drawn with what the schema puts there when nothing is given.
function blankOf({ kind, initial }: Shape): unknown {
  if (initial !== undefined) return initial
  return kind.name === 'group' ? {} : kind.name === 'variants' ? undefined : ''
}

function firstField(shape: Shape, name: string): string {
  const { kind } = shape
  if (kind.name === 'variants') return joinName(name, kind.discriminator)
  const first = kind.name === 'group' ? kind.members.find((one) => one.shape.kind.name !== 'constant') : undefined
  if (!first) return name
  const firstName = joinName(name, first.key)
  return mayBeAbsent(first.shape) ? firstName : firstField(first.shape, firstName)
}

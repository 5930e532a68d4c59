// What somebody typed into a form, in the nesting of its schema: texts stay texts here, so that a form that is shown again
// shows what was typed and not what was made of it. What is stored has the same nesting and is drawn by the same code.
import { type Member, mayBeAbsent, type Shape, wholeList } from './form-shape.ts'
import { type PostedName, postedBelow, postedItems, postedText } from './posted-names.ts'

/** Says "there is one" and "remove it". */
const presenceValue = 'yes'
export const removeSegment = 'remove'

export interface TypedRow {
  key: string
  value: unknown
}

export type TypedValues = Readonly<Record<string, unknown>>

export function readTyped(shape: Shape, posted: PostedName): unknown {
  const { kind } = shape
  switch (kind.name) {
    case 'text':
    case 'number':
    case 'choice':
    case 'json':
      return postedText(posted).replaceAll('\r\n', '\n')
    case 'secret':
      // Not trimmed by anybody: a password may begin with a space.
      return postedText(postedBelow(posted, removeSegment)) === presenceValue ? null : postedText(posted)
    case 'checkbox':
      return postedText(posted) === presenceValue
    case 'choices':
      return posted.values.filter((text) => kind.options.some((option) => option.text === text))
    case 'constant':
      return kind.value
    case 'group':
      if (mayBeAbsent(shape) && postedText(posted) !== presenceValue) return undefined
      return readMembers(kind.members, posted)
    case 'list':
      return postedItems(posted, wholeList).map((item) => readTyped(kind.item, item))
    case 'rows':
      return postedItems(posted, wholeList).map((item) => ({
        key: postedText(postedBelow(item, 'key')),
        value: readTyped(kind.value, postedBelow(item, 'value')),
      }))
    case 'variants': {
      const text = postedText(postedBelow(posted, kind.discriminator))
      const branch = kind.branches.find((one) => one.text === text)
      if (!branch) return text === '' && shape.isOptional ? undefined : { [kind.discriminator]: text }
      const members = readMembers(branch.members, postedBelow(posted, branch.segment))
      return { ...members, [kind.discriminator]: branch.value }
    }
  }
}

function readMembers(members: readonly Member[], posted: PostedName): TypedValues {
  return Object.fromEntries(members.map(({ key, shape }) => [key, readTyped(shape, postedBelow(posted, key))]))
}

/** The own value of that name; a name such as `constructor` finds nothing. */
export function memberOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined
}

export function itemsOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

/** Rows as they were typed, or of a stored object. */
export function rowsOf(value: unknown): readonly TypedRow[] {
  if (Array.isArray(value)) {
    return value.map((row) => ({ key: String(memberOf(row, 'key') ?? ''), value: memberOf(row, 'value') }))
  }
  return typeof value === 'object' && value !== null
    ? Object.entries(value).map(([key, one]) => ({ key, value: one }))
    : []
}

/** The branch that was chosen or stored. */
export function branchOf<Branch extends { text: string }>(
  { discriminator, branches }: { discriminator: string; branches: readonly Branch[] },
  value: unknown,
): Branch | undefined {
  const chosen = memberOf(value, discriminator)
  return branches.find(({ text }) => text === String(chosen))
}

/** Whether a field belongs to the form, by the values beside it. */
export function isAsked(shape: Shape, siblings: unknown, members: readonly Member[]): boolean {
  if (!shape.when) return true
  const other = members.find(({ key }) => key === shape.when?.field)
  const typed = memberOf(siblings, shape.when.field)
  const held = typed === undefined ? other?.shape.initial : typed
  // A group that may be left out counts by being there.
  const value = typeof held === 'object' && held !== null && !Array.isArray(held) ? true : (held ?? false)
  return shape.when.equals.some((one) => String(one) === String(value))
}

// Fields that most people leave as they are: those beside each other that the schema puts into one fold are drawn behind a
// summary, which says what is set in it. One that holds a fault, or what was worked on last, is open.
import type { Drawing } from './drawing.ts'
import { fieldId, joinName } from './field-place.ts'
import type { DrawnField } from './field-tree.ts'
import { type Member, mayBeAbsent, type Shape } from './form-shape.ts'
import { itemsOf, memberOf, rowsOf } from './typed-values.ts'

interface DrawnMember {
  member: Member
  field: DrawnField
}

export function foldFields(
  drawing: Drawing,
  { drawn, value, initial, name }: { drawn: readonly DrawnMember[]; value: unknown; initial: unknown; name: string },
): readonly DrawnField[] {
  const fields: DrawnField[] = []
  for (let at = 0; at < drawn.length; ) {
    const title = drawn[at]?.member.shape.fold ?? null
    const rest = drawn.slice(at)
    const end = title === null ? 1 : rest.findIndex(({ member }) => member.shape.fold !== title)
    const run = end < 0 ? rest : rest.slice(0, end)
    fields.push(...(title === null ? run.map(({ field }) => field) : [fold(title, run)]))
    at += run.length
  }
  return fields

  function fold(title: string, run: readonly DrawnMember[]): DrawnField {
    const [first] = run
    const foldName = joinName(name, `${first?.member.key ?? ''} and more`)
    const isSet = ({ member: { key, shape } }: DrawnMember) =>
      differs(shape, memberOf(value, key), memberOf(initial, key) ?? shape.initial)
    const set = run.filter(isSet).map(({ field }) => field.label)
    return {
      kind: 'fold',
      name: foldName,
      id: fieldId(foldName),
      label: title,
      help: null,
      isOptional: true,
      problem: null,
      when: null,
      hasFocus: false,
      summary: set.length > 0 ? set.join(', ') : 'nothing set',
      isOpen: run.some(({ field }) => isWorkedOn(drawing, field.name)),
      fields: run.map(({ field }) => field),
    }
  }
}

function isWorkedOn({ problems, focus }: Drawing, name: string): boolean {
  const isWithin = (one: string) => one === name || one.startsWith(`${name}.`)
  return problems.some((problem) => isWithin(problem.name)) || (focus !== null && isWithin(focus.name))
}

/** Something stands there that did not stand there before anybody typed. */
function differs(shape: Shape, value: unknown, initial: unknown): boolean {
  const { kind } = shape
  if (value === undefined || value === null) return false
  switch (kind.name) {
    case 'group':
      return (
        mayBeAbsent(shape) ||
        kind.members.some(({ key, shape: part }) =>
          differs(part, memberOf(value, key), memberOf(initial, key) ?? part.initial),
        )
      )
    case 'list':
    case 'choices':
      return itemsOf(value).length > 0
    case 'rows':
      return rowsOf(value).length > 0
    case 'variants':
    case 'json':
      return true
    case 'constant':
      return false
    case 'checkbox':
      return (value === true) !== (initial === true)
    default:
      return String(value) !== String(initial ?? '')
  }
}

// Lists in a form: entries one below the other, each with its buttons; rows of a name and a value likewise.
import type { Drawing, DrawPart } from './drawing.ts'
import { fieldId, joinName } from './field-place.ts'
import type { DrawnField, DrawnItem, DrawnRow } from './field-tree.ts'
import { actionValue } from './form-actions.ts'
import { type Shape, wholeList } from './form-shape.ts'
import { itemsOf, memberOf, rowsOf } from './typed-values.ts'

type KindOf<Name extends Shape['kind']['name']> = Extract<Shape['kind'], { name: Name }>
type DrawnKind<Kind extends DrawnField['kind']> = Extract<DrawnField, { kind: Kind }>

interface ListPlace<Kind> {
  kind: Kind
  value: unknown
  name: string
  path: string
  draw: DrawPart
}

/** More entries than this are folded, but for those that somebody has to look at. */
const mostOpen = 3

export function drawList(
  drawing: Drawing,
  { kind, value, name, path, draw }: ListPlace<KindOf<'list'>>,
): Pick<DrawnKind<'list'>, 'kind' | 'itemLabel' | 'items' | 'add'> {
  const items = itemsOf(value)
  return {
    kind: 'list',
    itemLabel: kind.itemLabel,
    items: items.map((item, index): DrawnItem => {
      const buttons = itemButtons(drawing, { name, index, count: items.length, itemLabel: kind.itemLabel })
      const field = draw(drawing, {
        shape: { ...kind.item, label: buttons.label },
        value: item,
        name: buttons.name,
        path: joinName(path, index),
        slots: null,
        key: '',
      })
      const isLookedAt = isBelow(drawing.focus?.name, buttons.name) || hasProblem(drawing, buttons.name)
      return { ...buttons, title: titleOf(kind.item, item), field, isOpen: items.length <= mostOpen || isLookedAt }
    }),
    add: addButton(drawing, { name, isFull: items.length >= Math.min(kind.maxCount ?? wholeList, wholeList) }),
  }
}

export function drawRows(
  drawing: Drawing,
  { kind, value, name, path, draw }: ListPlace<KindOf<'rows'>>,
): Pick<DrawnKind<'rows'>, 'kind' | 'itemLabel' | 'rows' | 'add'> {
  const rows = rowsOf(value)
  return {
    kind: 'rows',
    itemLabel: kind.itemLabel,
    rows: rows.map((row, index): DrawnRow => {
      const buttons = itemButtons(drawing, { name, index, count: rows.length, itemLabel: kind.itemLabel })
      const keyName = joinName(buttons.name, 'key')
      const hasFocus = drawing.focus?.on === 'field' && drawing.focus.name === keyName
      return {
        ...buttons,
        title: row.key,
        key: { name: keyName, id: fieldId(keyName), value: row.key, hasFocus },
        value: draw(drawing, {
          shape: { ...kind.value, label: `Value of ${buttons.label.toLowerCase()}` },
          value: row.value,
          name: joinName(buttons.name, 'value'),
          path: joinName(path, row.key),
          slots: null,
          key: '',
        }),
        problem: drawing.problems.find((one) => one.name === keyName)?.text ?? null,
      }
    }),
    add: addButton(drawing, { name, isFull: rows.length >= wholeList }),
  }
}

function itemButtons(
  { focus }: Drawing,
  { name, index, count, itemLabel }: { name: string; index: number; count: number; itemLabel: string },
): Pick<DrawnItem, 'name' | 'number' | 'label' | 'up' | 'down' | 'removeValue'> {
  const itemName = joinName(name, index)
  const canUp = index > 0
  const canDown = index < count - 1
  // At an end there is no button that goes on; the other one has the focus then.
  const focusOn = focus?.name !== itemName ? null : focus.on === 'up' && !canUp ? 'down' : focus.on
  const focused = focusOn === 'down' && !canDown ? 'up' : focusOn
  return {
    name: itemName,
    number: index + 1,
    label: `${itemLabel} ${index + 1}`,
    up: canUp ? { value: actionValue('up', itemName), hasFocus: focused === 'up' } : null,
    down: canDown ? { value: actionValue('down', itemName), hasFocus: focused === 'down' } : null,
    removeValue: actionValue('remove', itemName),
  }
}

function addButton(
  { focus }: Drawing,
  { name, isFull }: { name: string; isFull: boolean },
): { value: string; hasFocus: boolean } | null {
  return isFull ? null : { value: actionValue('add', name), hasFocus: focus?.on === 'add' && focus.name === name }
}

function hasProblem({ problems }: Drawing, name: string): boolean {
  return problems.some((one) => isBelow(one.name, name))
}

const isBelow = (name: string | undefined, above: string): boolean =>
  name === above || (name?.startsWith(`${above}.`) ?? false)

function titleOf({ kind }: Shape, value: unknown): string {
  if (kind.name !== 'group') return ''
  const first = kind.members.find(({ shape }) => shape.kind.name === 'text')
  const text = first ? memberOf(value, first.key) : undefined
  return typeof text === 'string' ? text.trim().slice(0, 80) : ''
}

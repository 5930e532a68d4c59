// Draws the shape of a form with what was typed or stored as the tree of field-tree.ts. Secrets never come into it.

import { drawList, drawRows } from './draw-list.ts'
import type { Drawing, Part } from './drawing.ts'
import { fieldId, joinName } from './field-place.ts'
import { fieldSlots, slotCount } from './field-slots.ts'
import type { DrawnBranch, DrawnField, DrawnOption } from './field-tree.ts'
import { foldFields } from './fold-fields.ts'
import { type Member, mayBeAbsent, type Option, type Shape } from './form-shape.ts'
import { branchOf, itemsOf, memberOf, removeSegment } from './typed-values.ts'

/** More choices than this are drawn as a list to open. */
const mostRadios = 4

export function drawField(drawing: Drawing, part: Part): DrawnField {
  const { shape, name, path, slots, key } = part
  const value = part.value === undefined ? shape.initial : part.value
  const base = {
    name,
    id: fieldId(name),
    label: shape.label,
    help: shape.help,
    isOptional: isOptional(shape),
    problem: drawing.problems.find((one) => one.name === name)?.text ?? null,
    when: slots?.whenOf(shape) ?? null,
    hasFocus: drawing.focus?.on === 'field' && drawing.focus.name === name,
  }
  const { kind } = shape
  switch (kind.name) {
    case 'text': {
      const text = asText(value)
      if (shape.isHidden) return { ...base, kind: 'hidden', value: text }
      return kind.isMultiline
        ? {
            ...base,
            kind: 'lines',
            value: text,
            placeholder: shape.placeholder,
            rowCount: rowsFor(text),
            isCode: false,
          }
        : {
            ...base,
            kind: 'text',
            inputType: kind.format,
            inputMode: kind.format,
            value: text,
            placeholder: shape.placeholder,
            maxLength: kind.maxLength,
            suggestions: kind.suggestions,
          }
    }
    case 'number':
      return {
        ...base,
        kind: 'text',
        inputType: 'text',
        inputMode: kind.isWhole ? 'numeric' : 'decimal',
        value: asText(value),
        placeholder: shape.placeholder,
        maxLength: null,
        suggestions: null,
      }
    case 'json': {
      if (shape.isHidden) return { ...base, kind: 'hidden', value: hiddenText(value) }
      const text = value === undefined || typeof value === 'string' ? asText(value) : JSON.stringify(value, null, 2)
      return {
        ...base,
        kind: 'lines',
        value: text,
        placeholder: shape.placeholder,
        rowCount: rowsFor(text),
        isCode: true,
      }
    }
    case 'constant':
      return { ...base, kind: 'group', presence: null, fields: [] }
    case 'secret': {
      const isStored = drawing.storedSecrets.has(path)
      const removal = joinName(name, removeSegment)
      return {
        ...base,
        kind: 'secret',
        isStored,
        isLost: typeof value === 'string' && value !== '',
        removal:
          isStored && shape.isOptional ? { name: removal, id: fieldId(removal), isChosen: part.value === null } : null,
      }
    }
    case 'checkbox':
      return { ...base, kind: 'checkbox', isChecked: value === true, ...(slots?.shownBy(key) ?? noSlots) }
    case 'choice': {
      const empty = base.isOptional ? [{ text: '', value: undefined, label: 'Not set' }] : []
      const chosen = value === undefined || value === null ? '' : String(value)
      const options = drawOptions([...empty, ...kind.options], {
        name,
        isChosen: ({ text }) => text === chosen,
        slotsOf: ({ text }) => slots?.slotsOf(key, text) ?? [],
      })
      return { ...base, kind: options.length <= mostRadios ? 'radios' : 'select', options }
    }
    case 'choices': {
      const chosen = itemsOf(value).map(String)
      const isChosen = ({ text }: Option) => chosen.includes(text)
      return { ...base, kind: 'checkboxes', options: drawOptions(kind.options, { name, isChosen, slotsOf: () => [] }) }
    }
    case 'group':
      return {
        ...base,
        isOptional: false,
        kind: 'group',
        presence: mayBeAbsent(shape) ? { isChecked: typeof value === 'object' && value !== null } : null,
        fields: drawMembers(drawing, { members: kind.members, value, initial: shape.initial, name, path }),
      }
    case 'list':
      return { ...base, isOptional: false, ...drawList(drawing, { kind, name, path, value, draw: drawField }) }
    case 'rows':
      return { ...base, isOptional: false, ...drawRows(drawing, { kind, name, path, value, draw: drawField }) }
    case 'variants':
      return { ...base, ...drawVariants(drawing, { kind, shape, name, path, value }) }
  }
}

function drawMembers(
  drawing: Drawing,
  {
    members,
    value,
    initial,
    name,
    path,
  }: { members: readonly Member[]; value: unknown; initial: unknown; name: string; path: string },
): readonly DrawnField[] {
  const slots = fieldSlots(members)
  const drawn = members
    .filter(({ shape }) => shape.kind.name !== 'constant')
    .map((member) => ({
      member,
      field: drawField(drawing, {
        shape: member.shape,
        value: memberOf(value, member.key),
        name: joinName(name, member.key),
        path: joinName(path, member.key),
        slots,
        key: member.key,
      }),
    }))
  return foldFields(drawing, { drawn, value, initial, name })
}

function drawVariants(
  drawing: Drawing,
  {
    kind,
    shape,
    name,
    path,
    value,
  }: Omit<Part, 'slots' | 'key'> & { kind: Extract<Shape['kind'], { name: 'variants' }> },
): { kind: 'variants'; choice: DrawnField; branches: readonly DrawnBranch[] } {
  const chosen = branchOf(kind, value)
  const choiceName = joinName(name, kind.discriminator)
  // The style sheet knows few numbers, so only what has something to show takes one.
  const shown = kind.branches.filter(({ members }) => members.some((one) => one.shape.kind.name !== 'constant'))
  const slotOf = (text: string): number | null => {
    const slot = shown.findIndex((one) => one.text === text)
    return slot >= 0 && slot < slotCount ? slot : null
  }
  const empty = mayBeAbsent(shape) ? [{ text: '', value: undefined, label: 'None' }] : []
  const options = drawOptions([...empty, ...kind.branches], {
    name: choiceName,
    isChosen: ({ text }) => text === (chosen?.text ?? ''),
    slotsOf: ({ text }) => [slotOf(text)].filter((slot) => slot !== null),
  })
  return {
    kind: 'variants',
    choice: {
      kind: options.length <= mostRadios ? 'radios' : 'select',
      name: choiceName,
      id: fieldId(choiceName),
      label: kind.label,
      help: shape.help,
      isOptional: false,
      problem: drawing.problems.find((one) => one.name === choiceName)?.text ?? null,
      when: null,
      hasFocus: drawing.focus?.on === 'field' && drawing.focus.name === choiceName,
      options,
    },
    branches: shown.map(({ label, segment, members, text }) => ({
      label,
      slot: slotOf(text),
      fields: drawMembers(drawing, {
        members,
        value: chosen?.text === text ? value : undefined,
        initial: undefined,
        name: joinName(name, segment),
        path,
      }),
    })),
  }
}

function drawOptions(
  options: readonly Option[],
  {
    name,
    isChosen,
    slotsOf,
  }: { name: string; isChosen(option: Option): boolean; slotsOf(option: Option): readonly number[] },
): readonly DrawnOption[] {
  return options.map((option, index) => ({
    // The first has the field's own id, so that a link to the field leads to it.
    id: index === 0 ? fieldId(name) : `${fieldId(name)}-${index}`,
    text: option.text,
    label: option.label,
    isChosen: isChosen(option),
    slots: slotsOf(option),
  }))
}

const noSlots = { slots: [], offSlots: [] }

// What has a value of its own when nothing is typed is no question that may be passed over.
function isOptional({ isOptional: mayBeLeftOut, isNullable, takesEmptyText, initial, kind }: Shape): boolean {
  return (mayBeLeftOut || isNullable || (kind.name === 'text' && takesEmptyText)) && initial === undefined
}

function asText(value: unknown): string {
  if (value === undefined || value === null) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

const hiddenText = (value: unknown): string =>
  value === undefined || typeof value === 'string' ? asText(value) : JSON.stringify(value)

const rowsFor = (text: string): number => Math.min(16, Math.max(3, text.split('\n').length + 1))

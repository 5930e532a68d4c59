// What the editor shows beside the fields of its form: each property in a line, folded, and whose options can be translated.
// Reads what was typed, which may be anything. PURE.
import type { ObjectMapping } from '../../sdk/mapping.ts'
import type { DrawnField, DrawnItem } from '../forms/field-tree.ts'
import type { DrawnForm } from '../forms/form.ts'
import { nestedListOf } from './edited-mapping.ts'
import type { EditorLists } from './editor-schema.ts'
import type { FieldList } from './field-list.ts'
import { findEndModel, type MappingEnds } from './mapping-ends.ts'

export interface EditorRow {
  item: DrawnItem
  target: string
  source: string
  /** Choice fields it is filled with, for the page on which their options are translated. */
  options: readonly { label: string; next: string; mappedCount: number; optionCount: number }[]
  isWrong: boolean
}

interface Known {
  lists: EditorLists
  ends: MappingEnds
  mapping: ObjectMapping
}

export function editorRows(
  { fields, problems }: DrawnForm,
  { edited, ...known }: Known & { edited: unknown },
): { head: readonly DrawnField[]; rows: readonly EditorRow[]; list: DrawnField | null; tail: readonly DrawnField[] } {
  const list = fields.find(({ name }) => name.endsWith('.properties')) ?? null
  const items = list?.kind === 'list' ? list.items : []
  const typed = listAt(edited, 'properties')
  const isTail = ({ name }: DrawnField) => name.endsWith('.whenNoLonger')
  return {
    head: fields.filter((field) => field !== list && !isTail(field)),
    list,
    tail: fields.filter(isTail),
    rows: items.map((item, index) => ({
      item,
      target: textAt(typed[index], 'externalField'),
      source: sourceWords(Reflect.get(Object(typed[index]), 'from'), known),
      options: optionLinks(typed[index], `propertyMappings.${index}`, known),
      isWrong: problems.some(({ field }) => field.startsWith(`${item.field.id}.`)),
    })),
  }
}

function sourceWords(from: unknown, { lists, mapping }: Known): string {
  const kind = textAt(from, 'kind')
  switch (kind) {
    case '':
      return ''
    case 'field':
      return textAt(from, 'field')
    case 'constant':
      return `“${textAt(from, 'constant')}”`
    case 'template':
      return `“${textAt(from, 'template')}”, filled in`
    case 'json': {
      const json: unknown = Reflect.get(Object(from), 'json')
      return typeof json === 'string' ? json : JSON.stringify(json)
    }
    case 'result':
      return `${textAt(from, 'path')} of the mapping ${textAt(from, 'result')}`
    case 'reference':
      return `the id of the ${textAt(from, 'reference')} in ${textAt(from, 'idField')}`
    default: {
      const label = nestedListOf(kind, lists)?.label ?? mapping.sourceModel
      return `a list, one entry for each ${label}`
    }
  }
}

function optionLinks(property: unknown, at: string, known: Known): EditorRow['options'] {
  const { lists, ends, mapping } = known
  const from: unknown = Reflect.get(Object(property), 'from')
  const kind = textAt(from, 'kind')
  if (kind === 'field') return linkOf({ property, at, list: lists.source, model: mapping.sourceModel, ends })
  const nested = nestedListOf(kind, lists)
  if (!nested) return []
  return listAt(from, 'properties').flatMap((one, index) =>
    linkOf({
      property: one,
      at: `${at}.each.propertyMappings.${index}`,
      list: nested.list,
      model: nested.name,
      ends,
    }),
  )
}

function linkOf({
  property,
  at,
  list,
  model,
  ends,
}: {
  property: unknown
  at: string
  list: FieldList
  model: string
  ends: MappingEnds
}): EditorRow['options'] {
  const key = list.keyOf(textAt(Reflect.get(Object(property), 'from'), 'field'))
  const field = findEndModel(ends, model)?.model.fields.find((one) => one.key === key)
  const optionCount = field?.options?.length ?? 0
  if (!field || optionCount === 0) return []
  const options = parsed(Reflect.get(Object(property), 'options'))
  const valueMap: unknown = textAt(options, 'field') === key ? Reflect.get(Object(options), 'valueMap') : undefined
  return [{ label: field.label, next: `options ${at}`, mappedCount: Object.keys(Object(valueMap)).length, optionCount }]
}

// Typed it is text, stored it is the value.
function parsed(options: unknown): unknown {
  if (typeof options !== 'string') return options
  try {
    return JSON.parse(options)
  } catch {
    return undefined
  }
}

function textAt(value: unknown, key: string): string {
  const found: unknown =
    typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? Reflect.get(value, key) : ''
  return typeof found === 'string' ? found : ''
}

function listAt(value: unknown, key: string): readonly unknown[] {
  const found: unknown = Reflect.get(Object(value), key)
  return Array.isArray(found) ? found : []
}

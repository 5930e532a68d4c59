// What differs between the properties of two mappings, in words: "Company: was Name of the company, is now the text ...".
// Pure.
import type { NestedPropertyMapping, PropertyMapping } from '../../sdk/mapping.ts'
import type { PropertyValue } from '../../sdk/property-value.ts'
import type { MappingLabels } from '../mapping-labels.ts'
import { plainSource, updateModeWords } from '../mapping-words.ts'
import { transformWords } from '../transform-words.ts'
import { type Pair, pairEntries } from './pair-entries.ts'
import { wasIsNow } from './was-is-now.ts'

export type ChangeKind = 'added' | 'removed' | 'changed' | 'moved'

export interface PropertyChange {
  kind: ChangeKind
  /** The field that is written. */
  target: string
  /** To be read after the target and a colon. */
  sentences: readonly string[]
  /** Of the entries of a list. */
  lines: readonly PropertyChange[]
}

/** Whose properties they are: the source model, and what a field that is written is called. */
export interface PropertyPlace {
  model: string
  target(externalField: string): string
}

const listedValueCount = 20

export function propertyChanges(
  before: readonly PropertyMapping[],
  after: readonly PropertyMapping[],
  places: { before: PropertyPlace; after: PropertyPlace },
  labels: MappingLabels,
): readonly PropertyChange[] {
  const pairs = pairEntries(before, after, ({ externalField }) => externalField)
  return pairs.flatMap((pair, index) => changeOf(pair, previousOf(pairs, index), places, labels) ?? [])
}

const previousOf = (pairs: readonly Pair<PropertyMapping>[], index: number): PropertyMapping | null =>
  index === 0 ? null : (pairs[index - 1]?.after ?? null)

function changeOf(
  { before, after, isMoved }: Pair<PropertyMapping>,
  previous: PropertyMapping | null,
  places: { before: PropertyPlace; after: PropertyPlace },
  labels: MappingLabels,
): PropertyChange | null {
  const target = after ? places.after.target(after.externalField) : places.before.target(before?.externalField ?? '')
  const lines = propertyChanges(
    linesOf(before),
    linesOf(after),
    { before: placeOfLines(before), after: placeOfLines(after) },
    labels,
  )
  if (!before) {
    const sentences = after ? [`is filled with ${whole(after, places.after.model, labels)}`] : []
    return { kind: 'added', target, sentences, lines }
  }
  if (!after) {
    const was = `was filled with ${whole(before, places.before.model, labels)}`
    // That its lines go with it needs no saying.
    return { kind: 'removed', target, sentences: [was], lines: [] }
  }
  const filled = wasIsNow(fillingOf(before), fillingOf(after), labels, {
    before: (_value, named) => filling(before, places.before.model, named),
    after: (_value, named) => filling(after, places.after.model, named),
  })
  const sentences = [
    ...(filled ? [`was ${filled.was}, is now ${filled.is}`] : []),
    ...valueSentences(valuesOf(before), valuesOf(after), places.after.model, labels),
    ...(before.updateMode === after.updateMode
      ? []
      : [`written: was ${updateModeWords[before.updateMode]}, is now ${updateModeWords[after.updateMode]}`]),
  ]
  if (sentences.length > 0 || lines.length > 0) return { kind: 'changed', target, sentences, lines }
  if (!isMoved) return null
  const place = previous ? `comes after ${places.after.target(previous.externalField)} now` : 'comes first now'
  return { kind: 'moved', target, sentences: [place], lines: [] }
}

const linesOf = (property: PropertyMapping | null): readonly NestedPropertyMapping[] =>
  property && 'each' in property ? property.each.propertyMappings : []

const placeOfLines = (property: PropertyMapping | null): PropertyPlace => ({
  model: property && 'each' in property ? property.each.nestedModel : '',
  // The entries of a list are no fields of the object type.
  target: (externalField) => externalField,
})

const fillingOf = (property: PropertyMapping): unknown =>
  'each' in property ? property.each.nestedModel : { source: property.source, transforms: property.transforms }

function filling(property: PropertyMapping, model: string, labels: MappingLabels): string {
  if ('each' in property) return `a list with one entry for each ${labels.model(property.each.nestedModel)}`
  return [plainSource(property, model, labels), ...property.transforms.map(transformWords)].join(', ')
}

/** All there is to say of a property that was not there, or is not any more. */
function whole(property: PropertyMapping, model: string, labels: MappingLabels): string {
  const { map, rest, field } = valuesOf(property)
  const values = [...map].map(([key, value]) => translated(option(field, key, model, labels), value))
  return [
    filling(property, model, labels),
    ...shortened(values),
    ...(rest === undefined ? [] : [`any other value to ${valueWords(rest)}`]),
    `written ${updateModeWords[property.updateMode]}`,
  ].join(', ')
}

interface Values {
  map: ReadonlyMap<string, PropertyValue>
  /** For values that the map does not name; undefined: they are refused. */
  rest: PropertyValue | undefined
  field: string | null
}

function valuesOf(property: PropertyMapping): Values {
  if ('each' in property) return { map: new Map(), rest: undefined, field: null }
  const { valueMap, valueMapDefault, source } = property
  return {
    map: new Map(Object.entries(valueMap ?? {})),
    rest: valueMapDefault,
    field: 'field' in source ? source.field : null,
  }
}

function valueSentences(before: Values, after: Values, model: string, labels: MappingLabels): readonly string[] {
  const keys = new Set([...before.map.keys(), ...after.map.keys()])
  const named = after.map.size > 0 ? after : before
  const sentences = [...keys].flatMap((key) => {
    const label = option(named.field, key, model, labels)
    const [was, is] = [before.map.get(key), after.map.get(key)]
    if (was === undefined) return is === undefined ? [] : [`${translated(label, is)} now`]
    if (is === undefined) return [`${label} is not translated any more, was ${valueWords(was)}`]
    const differs = wasIsNow(was, is, labels, { before: valueWords, after: valueWords })
    return differs ? [`${label} was translated to ${differs.was}, is now to ${differs.is}`] : []
  })
  const rest = wasIsNow(before.rest, after.rest, labels, { before: restWords, after: restWords })
  return [...shortened(sentences), ...(rest ? [`any other value: was ${rest.was}, is now ${rest.is}`] : [])]
}

const option = (field: string | null, key: string, model: string, labels: MappingLabels): string =>
  `“${field === null ? key : labels.option(model, field, key)}”`

const translated = (label: string, value: PropertyValue): string => `${label} is translated to ${valueWords(value)}`

const valueWords = (value: PropertyValue): string => (typeof value === 'string' ? `“${value}”` : JSON.stringify(value))

const restWords = (value: PropertyValue | undefined): string =>
  value === undefined ? 'refused' : `translated to ${valueWords(value)}`

function shortened(sentences: readonly string[]): readonly string[] {
  if (sentences.length <= listedValueCount) return sentences
  return [...sentences.slice(0, listedValueCount), `and ${sentences.length - listedValueCount} values more`]
}

// What differs between two mapping documents, in the words a person reads before publishing, restoring or importing one.
// Mappings belong together by their key. Pure.
import type { MappingDocument, MappingMode, ObjectMapping } from '../../sdk/mapping.ts'
import type { MappingLabels } from '../mapping-labels.ts'
import { scopeWords } from '../scopes.ts'
import { conditionWords } from '../transform-words.ts'
import { type Pair, pairEntries } from './pair-entries.ts'
import { type ChangeKind, type PropertyChange, propertyChanges } from './property-changes.ts'
import { wasIsNow } from './was-is-now.ts'

export interface MappingChange {
  kind: ChangeKind
  key: string
  /** "Order to Deal", with the key where several are called so. */
  title: string
  /** About the mapping as a whole. */
  sentences: readonly string[]
  properties: readonly PropertyChange[]
}

/** In the order of the later document, what was removed at the end; nothing where both say the same. */
export function mappingChanges(
  before: MappingDocument,
  after: MappingDocument,
  labels: MappingLabels,
): readonly MappingChange[] {
  const titleOf = titles([...before, ...after], labels)
  const pairs = pairEntries(before, after, ({ key }) => key)
  return pairs.flatMap((pair, index) => {
    const previous = index === 0 ? null : (pairs[index - 1]?.after ?? null)
    return changeOf(pair, previous, { titleOf, labels }) ?? []
  })
}

interface Naming {
  labels: MappingLabels
  titleOf(mapping: ObjectMapping): string
}

function changeOf(
  { before, after, isMoved }: Pair<ObjectMapping>,
  previous: ObjectMapping | null,
  { titleOf, labels }: Naming,
): MappingChange | null {
  const mapping = after ?? before
  if (!mapping) return null
  const { key } = mapping
  const title = titleOf(mapping)
  if (!before) {
    const added = propertyChanges([], mapping.propertyMappings, placesOf(mapping, mapping, labels), labels)
    return {
      kind: 'added',
      key,
      title,
      sentences: [mapping.isEnabled ? 'Switched on.' : 'Switched off.'],
      properties: added,
    }
  }
  if (!after) return { kind: 'removed', key, title, sentences: [], properties: [] }
  const place = isMoved ? [previous ? `It comes after ${titleOf(previous)} now.` : 'It comes first now.'] : []
  const sentences = sentencesOf(before, after, labels)
  const places = placesOf(before, after, labels)
  const properties = [
    ...propertyChanges(before.propertyMappings, after.propertyMappings, places, labels),
    ...propertyChanges(updatesOf(before), updatesOf(after), whenNoLongerPlaces(places), labels),
  ]
  if (sentences.length + properties.length === 0) {
    return isMoved ? { kind: 'moved', key, title, sentences: place, properties: [] } : null
  }
  return { kind: 'changed', key, title, sentences: [...sentences, ...place], properties }
}

function titles(mappings: readonly ObjectMapping[], labels: MappingLabels): (mapping: ObjectMapping) => string {
  const plain = ({ sourceModel, externalObjectType }: ObjectMapping) =>
    `${labels.model(sourceModel)} to ${labels.objectType(externalObjectType)}`
  const keysByTitle = Map.groupBy(mappings, plain)
  return (mapping) => {
    const title = plain(mapping)
    const keys = new Set(keysByTitle.get(title)?.map(({ key }) => key))
    return keys.size > 1 ? `${title} (${mapping.key})` : title
  }
}

const modeWords: Readonly<Record<MappingMode, string>> = {
  upsert: 'it is created or updated',
  create: 'it is created and not changed afterwards',
  update: 'it is updated and never created',
  find: 'it is only looked up',
}

function sentencesOf(before: ObjectMapping, after: ObjectMapping, labels: MappingLabels): readonly string[] {
  function say(
    heading: string,
    read: (mapping: ObjectMapping) => unknown,
    words: (mapping: ObjectMapping, named: MappingLabels) => string,
  ): string[] {
    const differs = wasIsNow(read(before), read(after), labels, {
      before: (_value, named) => words(before, named),
      after: (_value, named) => words(after, named),
    })
    return differs ? [`${heading}: was ${differs.was}, is now ${differs.is}.`] : []
  }
  return [
    ...(before.isEnabled === after.isEnabled ? [] : [after.isEnabled ? 'It is switched on.' : 'It is switched off.']),
    ...say(
      'Made from',
      (one) => one.sourceModel,
      (one, named) => named.model(one.sourceModel),
    ),
    ...say(
      'The object',
      (one) => one.externalObjectType,
      (one, named) => named.objectType(one.externalObjectType),
    ),
    ...say(
      'What is done',
      (one) => one.mode,
      (one) => modeWords[one.mode],
    ),
    ...say(
      'Recognised by',
      (one) => one.externalIdField,
      (one, named) => named.externalField(one.externalObjectType, one.externalIdField),
    ),
    ...say(
      'Which holds',
      (one) => one.sourceIdField,
      (one, named) => named.field(one.sourceModel, one.sourceIdField),
    ),
    ...say('Condition', (one) => one.when, conditionOf),
    ...say(
      'When it no longer applies',
      (one) => endOf(one),
      (one) => endWords[endOf(one)],
    ),
    ...say(
      'Scope',
      (one) => one.scope,
      (one) => scopeWords(one.scope),
    ),
  ]
}

const conditionOf = ({ when, sourceModel }: ObjectMapping, labels: MappingLabels): string =>
  when ? `“${conditionWords(when, (key) => labels.field(sourceModel, key))}”` : 'none'

const endOf = ({ whenNoLonger }: ObjectMapping): 'keep' | 'delete' | 'update' =>
  typeof whenNoLonger === 'string' ? whenNoLonger : 'update'
const endWords = { keep: 'it stays', delete: 'it is deleted', update: 'fields of it are set' } as const

const updatesOf = ({ whenNoLonger }: ObjectMapping) => (typeof whenNoLonger === 'string' ? [] : whenNoLonger.update)

type Places = Parameters<typeof propertyChanges>[2]

function placesOf(before: ObjectMapping, after: ObjectMapping, labels: MappingLabels): Places {
  const placeOf = ({ sourceModel, externalObjectType }: ObjectMapping) => ({
    model: sourceModel,
    target: (field: string) => labels.externalField(externalObjectType, field),
  })
  return { before: placeOf(before), after: placeOf(after) }
}

function whenNoLongerPlaces({ before, after }: Places): Places {
  const placeOf = ({ model, target }: Places['before']) => ({
    model,
    target: (field: string) => `${target(field)}, when it no longer applies`,
  })
  return { before: placeOf(before), after: placeOf(after) }
}

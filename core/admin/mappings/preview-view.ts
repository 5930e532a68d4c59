// A preview as its view shows it: by mapping, an object each, a row for every property with where its value comes from, how
// it comes about, what would be sent, what was last sent, and what the remote holds. Pure.
import type { PropertyTrace } from '../../mapping/trace-properties.ts'
import type { ExternalObjectType } from '../../sdk/external-object-type.ts'
import type { MappingDocument } from '../../sdk/mapping.ts'
import { linkKey } from '../../sync/ledger.ts'
import type { ObjectPreview, PropertyPreview, SubjectPreview } from '../../sync/preview-subjects.ts'
import { externalHref } from '../links.ts'
import type { MappingWords } from '../mapping-words.ts'
import type { OutcomeWords } from '../outcome-words.ts'
import type { RemoteObjectState, RemoteState } from './preview-remote.ts'
import { hiddenValue, type ShownValue, showValue, visible } from './preview-values.ts'
import { actionSentence, actionTag, stepWords } from './preview-words.ts'

export interface PropertyRow {
  target: string
  source: string
  mode: string
  /** Only where there is more than one. */
  steps: readonly { words: string; value: ShownValue }[]
  /** Null where it came to none. */
  result: ShownValue | null
  lastSent: ShownValue
  /** Null when the remote was not asked, or has no such object. */
  remote: ShownValue | null
  isChanged: boolean
  problem: string | null
}

export interface ObjectView {
  title: string
  source: string
  href: string | null
  words: OutcomeWords
  sentence: string
  rows: readonly PropertyRow[]
  /** What the remote said of the whole object; null when it was not asked. */
  remote: string | null
  hasRemoteValues: boolean
}

export interface MappingView {
  key: string
  title: string
  isEnabled: boolean
  /** Among the mappings that were looked at; a provider may bring its own. */
  isKnown: boolean
  objects: readonly ObjectView[]
}

export interface ViewInput {
  preview: SubjectPreview
  document: MappingDocument
  /** Of the document, in its order. */
  words: readonly MappingWords[]
  objectTypes: readonly ExternalObjectType[]
  /** Null when the remote was not asked. */
  remote: RemoteState | null
  /** The reader may not read what is sent. */
  isHidden: boolean
  modelLabel(name: string): string
}

export function mappingViews(input: ViewInput): MappingView[] {
  const { preview, document, words } = input
  const byKey = Map.groupBy(preview.objects, ({ mappingKey }) => mappingKey)
  const known = document.map(
    (mapping, index): MappingView => ({
      key: mapping.key,
      title: words[index]?.title ?? mapping.key,
      isEnabled: mapping.isEnabled,
      isKnown: true,
      objects: (byKey.get(mapping.key) ?? []).map((object) => objectView(object, words[index], input)),
    }),
  )
  const others = [...byKey]
    .filter(([key]) => !document.some((mapping) => mapping.key === key))
    .map(([key, objects]): MappingView => {
      const views = objects.map((object) => objectView(object, undefined, input))
      return { key, title: key, isEnabled: true, isKnown: false, objects: views }
    })
  return [...known, ...others]
}

function objectView(object: ObjectPreview, words: MappingWords | undefined, input: ViewInput): ObjectView {
  const type = input.objectTypes.find(({ name }) => name === object.externalObjectType)
  const label = (field: string): string => type?.fields.find(({ key }) => key === field)?.label ?? field
  const objectType = type?.label ?? object.externalObjectType
  const state = input.remote?.objects.get(linkKey(object)) ?? null
  const idValue = object.idValue ?? object.known?.idValue ?? null
  const name = object.known?.displayName ?? (idValue === null ? null : `${label(object.externalIdField)} ${idValue}`)
  const isRoot = object.sourceModel === input.preview.subject.model && object.sourceId === input.preview.subject.id
  return {
    title: name === null ? objectType : `${objectType}: ${shortly(name)}`,
    source: `${input.modelLabel(object.sourceModel)} ${shortly(isRoot ? input.preview.label : object.sourceId)}`,
    href: externalHref(object.known?.href),
    words: actionTag(object),
    sentence: visible(actionSentence(object, { objectType, label })),
    rows: rowsOf(object, { words, label, state, isHidden: input.isHidden }).map((row) => ({
      ...row,
      // Of a new object everything is.
      isChanged: row.isChanged && object.action === 'update',
    })),
    remote: input.remote && state && remoteWords(state, objectType),
    hasRemoteValues: state?.kind === 'found',
  }
}

const longestName = 120
const shortly = (text: string): string => {
  const shown = visible(text)
  return shown.length > longestName ? `${shown.slice(0, longestName).toWellFormed()}…` : shown
}

function remoteWords(state: RemoteObjectState, objectType: string): string {
  if (state.kind === 'found') return `The remote has this ${objectType}.`
  return state.kind === 'none'
    ? `The remote has no such ${objectType}.`
    : `The remote could not be asked for it: ${visible(state.message)}`
}

interface RowContext {
  words: MappingWords | undefined
  label(externalField: string): string
  state: RemoteObjectState | null
  isHidden: boolean
}

function rowsOf(object: ObjectPreview, context: RowContext): PropertyRow[] {
  if (object.action === 'skipped' || object.action === 'delete') return []
  const { properties, trace } = object
  // What the mapping sets when it no longer applies has properties of its own, and no trace.
  const isTraced = trace !== null && (properties.length === 0 || properties.length === trace.length)
  if (!isTraced) return properties.map((property) => rowOf(property, null, context))
  return trace.map((traced, index) => {
    const property = properties[index]
    const source = context.words?.properties[index]
    return {
      ...rowOf(property ?? asProperty(traced, object), traced, context),
      source: source?.source ?? '',
      mode: source?.mode ?? '',
    }
  })
}

// Of an object that came to no values: those that could be computed all the same.
function asProperty(
  { externalField, updateMode, steps, problem }: PropertyTrace,
  { known }: ObjectPreview,
): Omit<PropertyPreview, 'value'> & { value?: PropertyPreview['value'] } {
  const last = problem === null ? steps.at(-1) : undefined
  const lastSent = known && Object.hasOwn(known.sentValues, externalField) ? known.sentValues[externalField] : undefined
  return { externalField, updateMode, lastSent, isChanged: false, ...(last ? { value: last.value } : {}) }
}

function rowOf(
  { externalField, value, lastSent, isChanged }: ReturnType<typeof asProperty>,
  traced: PropertyTrace | null,
  { label, state, isHidden }: RowContext,
): PropertyRow {
  const show = (one: PropertyPreview['lastSent']): ShownValue =>
    isHidden && one !== undefined ? hiddenValue : showValue(one)
  const waits = traced?.waitsFor ? `It waits for ${traced.waitsFor.model} ${shortly(traced.waitsFor.id)}.` : null
  const remote =
    state?.kind === 'found' && Object.hasOwn(state.values, externalField) ? state.values[externalField] : undefined
  return {
    target: label(externalField),
    source: '',
    mode: '',
    steps:
      traced && (traced.steps.length > 1 || traced.problem !== null)
        ? traced.steps.map((step) => ({ words: stepWords(step), value: show(step.value) }))
        : [],
    result: value === undefined ? null : show(value),
    lastSent: lastSent === undefined ? { kind: 'words', text: 'never sent' } : show(lastSent),
    remote: state?.kind === 'found' ? show(remote) : null,
    isChanged,
    problem: traced?.problem ? visible(traced.problem) : waits,
  }
}

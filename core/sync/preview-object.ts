// One object of a preview, in the form that pages show: what would be done with it, why, and each property beside what was
// last sent.
import canonicalize from 'canonicalize'
import { toStoredJson } from '../database/stored-json.ts'
import type { PropertyTrace } from '../mapping/trace-properties.ts'
import type { UpdateMode } from '../sdk/mapping.ts'
import type { PropertyValue } from '../sdk/property-value.ts'
import type { KnownExternalObject, LedgerLink } from './ledger.ts'
import type { ObjectReport } from './object-report.ts'
import type { ObjectRequest } from './object-request.ts'
import type { SentObject } from './write-ledger.ts'

export const previewActions = [
  'create',
  'update',
  'nothing_to_do',
  'find',
  'delete',
  'skipped',
  'waiting',
  'failed',
] as const
export type PreviewAction = (typeof previewActions)[number]

export interface PropertyPreview {
  externalField: string
  updateMode: UpdateMode
  /** May be `valueToCome`, or hold it: core/mapping/value-to-come.ts. */
  value: PropertyValue
  /** Undefined when it was never sent. */
  lastSent: PropertyValue | undefined
  /** It is sent, and is not what was last sent. */
  isChanged: boolean
}

export interface ObjectPreview {
  mappingKey: string
  sourceModel: string
  sourceId: string
  externalObjectType: string
  externalIdField: string
  idValue: string | null
  /** `create`: the ledger knows none; the remote may have one all the same, and then it is updated. */
  action: PreviewAction
  reason: string | null
  properties: readonly PropertyPreview[]
  /** How the values come about, where that was asked for and the mapping was applied. */
  trace: readonly PropertyTrace[] | null
  known: Omit<KnownExternalObject, 'id'> | null
}

/** What was noted while the object was looked at. */
export interface ObjectNotes {
  /** Undefined where the mapping came to no values. */
  request?: ObjectRequest
  link: LedgerLink | undefined
  trace?: readonly PropertyTrace[]
  /** What the ledger has under its identity, where it was asked. */
  known?: KnownExternalObject | null
  sent?: SentObject
}

const actions: Record<Exclude<ObjectReport['action'], 'submitted'>, PreviewAction> = {
  created: 'create',
  updated: 'update',
  nothing_to_do: 'nothing_to_do',
  found: 'find',
  deleted: 'delete',
  skipped: 'skipped',
  failed: 'failed',
}

/** @param epoch of the connection */
export function previewObject(report: ObjectReport, notes: ObjectNotes, epoch: number): ObjectPreview {
  const action = report.action === 'submitted' ? 'update' : actions[report.action]
  const known = knownOf(action, notes)
  const properties = (notes.request?.properties ?? []).map(([externalField, value, updateMode]): PropertyPreview => {
    const lastSent =
      known && Object.hasOwn(known.sentValues, externalField) ? known.sentValues[externalField] : undefined
    const isSent = action === 'create' || action === 'update'
    return { externalField, updateMode, value, lastSent, isChanged: isSent && !isSame(value, lastSent) }
  })
  return {
    mappingKey: report.mappingKey,
    sourceModel: report.sourceModel,
    sourceId: report.sourceId,
    externalObjectType: report.objectType,
    externalIdField: report.idField,
    idValue: report.idValue,
    action,
    reason: reasonOf({ action, report, notes, known, properties, epoch }),
    properties,
    trace: notes.trace ?? null,
    known: known && {
      remoteId: known.remoteId,
      idValue: known.idValue,
      customs: known.customs,
      href: known.href,
      displayName: known.displayName,
      sentValues: known.sentValues,
      state: known.state,
    },
  }
}

function knownOf(action: PreviewAction, { link, known, sent }: ObjectNotes): KnownExternalObject | null {
  const stored = known === undefined ? (link?.object ?? null) : known
  if (action === 'create') return null
  // The object that the record has under the value by which it was identified before.
  return sent?.replaces?.becomes === 'renamed' ? (link?.object ?? stored) : stored
}

function isSame(value: PropertyValue, lastSent: PropertyValue | undefined): boolean {
  if (lastSent === undefined) return false
  // As it is stored: characters that cannot be kept are replaced there.
  return value === lastSent || canonicalize(JSON.parse(toStoredJson(value))) === canonicalize(lastSent)
}

function reasonOf({
  action,
  report,
  notes: { link, sent },
  known,
  properties,
  epoch,
}: {
  action: PreviewAction
  report: ObjectReport
  notes: ObjectNotes
  known: KnownExternalObject | null
  properties: readonly PropertyPreview[]
  epoch: number
}): string | null {
  const replaces = sent?.replaces
  if (replaces) {
    const change = `It was sent as "${replaces.formerIdValue}" before and is now "${sent.idValue}".`
    if (replaces.becomes === 'renamed') return `${change} The same object is updated.`
    return `${change} ${replaces.becomes === 'shared' ? 'The former object stays, because another record uses it.' : 'The former object is left behind at the remote.'}`
  }
  if (report.message !== null) return report.message
  if (action === 'create' && link && link.object.state !== 'present') {
    return `The object that it had before is ${link.object.state === 'orphaned' ? 'left behind' : 'deleted'}.`
  }
  if (action !== 'update' || properties.some(({ isChanged }) => isChanged)) return null
  if (!known) return 'It was never sent; the remote is asked to update the object that has this value.'
  if (!link) return 'It was sent for another record, or through another mapping, and not yet through this one.'
  if (link.sentEpoch < epoch) return 'What was sent before does not count any more, so all of it is sent again.'
  return 'The values are what was last sent; the mapping is another one, or another record has sent since.'
}

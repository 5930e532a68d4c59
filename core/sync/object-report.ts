// What history keeps of one object in one try: what was sent, what was answered, how it went.
import type { ObjectMapping, Property } from '../sdk/mapping.ts'
import type { ObjectAction, SyncObjectResult } from '../sdk/sync-object.ts'
import { safeHref } from './safe-href.ts'
import type { OfferedObject } from './submitted-object.ts'

export interface ObjectReport {
  mappingKey: string
  sourceModel: string
  sourceId: string
  objectType: string
  idField: string
  idValue: string | null
  action: ObjectAction | 'submitted' | 'skipped' | 'failed'
  remoteId: string | null
  sent: unknown
  answered: unknown
  message: string | null
  href: string | null
  displayName: string | null
}

/** Something was sent or fetched, so that finalize has a reason to run. */
export function hasReachedRemote({ action }: ObjectReport): boolean {
  return action !== 'nothing_to_do' && action !== 'skipped' && action !== 'failed'
}

/** Longest answer kept. */
const answerLimit = 8_192

export function reportOf(
  request: {
    mapping: ObjectMapping
    sourceModel: string
    sourceId: string
    idValue?: string
    properties?: readonly Property[]
  },
  result?: SyncObjectResult,
): ObjectReport {
  return {
    mappingKey: request.mapping.key,
    sourceModel: request.sourceModel,
    sourceId: request.sourceId,
    objectType: request.mapping.externalObjectType,
    idField: request.mapping.externalIdField,
    idValue: request.idValue ?? null,
    sent: request.properties ? Object.fromEntries(request.properties.map(([field, value]) => [field, value])) : null,
    message: null,
    ...answered(result),
  }
}

/** Of an object that was submitted earlier: what was answered for it, or why it failed. */
export function offeredReport(
  offered: OfferedObject,
  { result, message = null }: { result?: SyncObjectResult; message?: string | null },
): ObjectReport {
  return {
    mappingKey: offered.mappingKey,
    sourceModel: offered.sourceModel,
    sourceId: offered.sourceId,
    objectType: offered.objectType,
    idField: offered.idField,
    idValue: offered.idValue,
    sent: offered.sentValues,
    message,
    ...answered(result),
  }
}

function answered(result: SyncObjectResult | undefined) {
  return {
    action: result?.action ?? 'failed',
    remoteId: result?.remoteId ?? null,
    answered: result ? answerOf(result) : null,
    href: safeHref(result?.externalLinkHref),
    displayName: result?.externalLinkDisplayName ?? null,
  } as const
}

// The free keys of the result; what has a column of its own is not repeated.
function answerOf(result: SyncObjectResult): unknown {
  const {
    action: _action,
    remoteId: _remoteId,
    externalLinkHref: _href,
    externalLinkDisplayName: _name,
    ...free
  } = result
  const keys = Object.keys(free)
  if (keys.length === 0) return null
  const text = JSON.stringify(free)
  return text.length > answerLimit ? `${text.slice(0, answerLimit)}…` : free
}

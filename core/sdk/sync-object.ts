// The one verb of a provider, seen from both sides: what it is handed for an object, and what it answers.
import type { HttpClient } from './http-client.ts'
import type { MappingMode, Property } from './mapping.ts'
import type { PropertyValue } from './property-value.ts'
import type { Inputs } from './source-model.ts'

export const objectActions = ['created', 'updated', 'nothing_to_do', 'deleted', 'found'] as const
export type ObjectAction = (typeof objectActions)[number]

/** What the ledger knows of the object from earlier syncs. */
export interface KnownObject {
  remoteId: string | null
  idValue: string
  /** A small JSON the provider asked to keep. */
  customs: PropertyValue
  /** The last values sent, by external field. */
  sentValues: Readonly<Record<string, PropertyValue>>
}

/** The mapping as a provider sees it. */
export interface MappingInfo {
  key: string
  sourceModel: string
  externalObjectType: string
  externalIdField: string
  mode: MappingMode
}

/** The results of the mappings that ran before, by mapping key, in order. A declined object is null. */
export type MappedObjects = Readonly<Record<string, readonly (MappedObject | null)[]>>
export interface MappedObject extends SyncObjectResult {
  sourceModel: string
  sourceId: string
  externalObjectType: string
  externalIdField: string
  idValue: string
}

export interface SyncObjectArgs {
  operation: 'create' | 'update' | 'delete'
  externalIdField: string
  idValue: string
  properties: readonly Property[]
  known: KnownObject | null
  /** The host's records, by input name. */
  inputs: Inputs
  mapping: MappingInfo
  mappedObjects: MappedObjects
  /** What the signals said has changed; empty for a full sync. */
  changes: readonly PropertyValue[]
  run: { id: string; mode: string } | null
  http: HttpClient
  signal: AbortSignal
  /** Equal on a re-send, different on new content. */
  idempotencyKey: string
}

export interface SyncObjectResult {
  action: ObjectAction
  remoteId?: string
  customs?: PropertyValue
  /** http or https. */
  externalLinkHref?: string
  externalLinkDisplayName?: string
  /** Free keys, handed to later mappings through `mappedObjects`. Must be JSON. */
  [key: string]: unknown
}

export interface SubmittedBatch {
  kind: 'submitted'
  remoteBatchId: string
  checkAt: Date
}

/** The remote accepted the object and answers later; the provider must also implement `checkBatch`. */
export function submitted(batch: { remoteBatchId: string; checkAt: Date }): SubmittedBatch {
  return { kind: 'submitted', ...batch }
}

/** What `syncObjects` answers for one object. */
export type ObjectAnswer = SyncObjectResult | SubmittedBatch | Error | null

/** An object of a submitted batch, for finding its result in what the remote answers. */
export interface SubmittedObjectInfo {
  mapping: Pick<MappingInfo, 'key' | 'sourceModel' | 'externalObjectType' | 'externalIdField'>
  idValue: string
  /** Its place among the objects of the call that answered `submitted` with this batch, from 0. */
  position: number
  idempotencyKey: string
}

export interface SubmittedBatchQuery {
  remoteBatchId: string
  /** What awaits an answer, in the order it was submitted. */
  objects: readonly SubmittedObjectInfo[]
  http: HttpClient
  signal: AbortSignal
}

/** Not done: when to ask again. Done: a result or an error for each of the query's objects, in their order. */
export type BatchAnswer =
  | { isDone: false; checkAt: Date }
  | { isDone: true; results: readonly (SyncObjectResult | Error)[] }

// What the sync of one subject works with, handed down from the batch.
import type { MappingInput } from '../mapping/apply-mapping.ts'
import type { ExternalObjectType } from '../sdk/external-object-type.ts'
import type { HttpClient } from '../sdk/http-client.ts'
import type { OutboundSyncProvider, ProviderClass } from '../sdk/provider.ts'
import type { Subject } from '../sdk/signals.ts'
import type { SourceField, SourceRecord } from '../sdk/source-model.ts'
import type { SyncObjectResult } from '../sdk/sync-object.ts'
import type { GatheredCalls } from './gathered-calls.ts'
import type { IdentityLeases } from './leases.ts'
import type { LedgerLink } from './ledger.ts'
import type { ObjectRequest } from './object-request.ts'
import type { Slots } from './slots.ts'
import type { SubmittedObject } from './submitted-object.ts'
import type { RetiredLink, SentObject } from './write-ledger.ts'

/** A claimed job, as far as its sync needs to know it. */
export interface SyncJobInput {
  id: string
  fence: string
  subject: Subject
  /** The signals and acts that led to it. */
  askedForBy: readonly string[]
  stream: string
  changes: readonly unknown[]
  /** The version the record had when the signal was fired. */
  sourceVersion: number | null
  isForced: boolean
  /** The last finalize failed, or the process died before it. */
  mustFinalize: boolean
  run: { id: string; mode: string } | null
  /** What the remote has answered late to this job, by link key. */
  answers: Readonly<Record<string, SyncObjectResult>> | null
}

export interface SubjectInputs {
  /** Undefined when the host no longer has the record. */
  record: SourceRecord | undefined
  fields(model: string): ReadonlyMap<string, SourceField>
  links: ReadonlyMap<string, LedgerLink>
  resolveReference(model: string, id: string): string | null
}

/** What of a provider the sync of a subject calls. */
export type SubjectProvider = Pick<
  OutboundSyncProvider,
  | 'mappings'
  | 'shouldSync'
  | 'syncObjectWithProperties'
  | 'syncObjects'
  | 'checkBatch'
  | 'finalizeSync'
  | 'readObject'
  | 'deleteObject'
>

export interface SubjectContext {
  connection: { id: string; scope: string; epoch: number }
  job: SyncJobInput
  provider: SubjectProvider
  providerClass: ProviderClass
  /** What it declares, and what it has discovered. */
  objectTypes: readonly ExternalObjectType[]
  /** The plugin that brings it. */
  pluginName: string
  http: HttpClient
  /** Aborted when the process stops. */
  signal: AbortSignal
  leases: IdentityLeases
  slots: Slots
  /** Null for a provider that takes one object a call. */
  gathered: GatheredCalls | null
  /** How many links but this one use its object. To be asked under the lease of the object's identity. */
  countOtherLinks(link: LedgerLink): Promise<number>
  /** Throws when no call may start any more: its lease may have run out, its time has, or a gate has closed. */
  assertMayCall(): void
  /** A mapping is about to be applied to the source record of this id. */
  onApply?(input: MappingInput, sourceId: string): void
  /** What a mapping makes of a record, before anything is decided about it. */
  onObject?(request: ObjectRequest): void
  /** The object is to be written; the identity's lease goes with it. */
  onSent(object: SentObject, leaseKey: string): void
  /** The remote answers later; the identity's lease waits with the object. */
  onSubmitted(object: SubmittedObject): void
  /** The link is over; the identity's lease goes with it. */
  onRetired(link: RetiredLink, leaseKey: string): void
  /** The identity's lease is to be given back with nothing written. */
  onReleased(leaseKey: string): void
}

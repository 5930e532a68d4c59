// The provider contract: the declaration (static) and the verbs of one remote system. A plugin derives from this class,
// the queue drives it. Semantics: README of the plugins folder.
import type { z } from 'zod'
import type { Auth } from './auth.ts'
import type { ConnectTcp } from './connect-tcp.ts'
import type { ExternalObjectType } from './external-object-type.ts'
import type { HttpClient, HttpRequest, HttpResponse } from './http-client.ts'
import type { Log } from './log.ts'
import { type ObjectMapping, type UpdateMode, updateModes } from './mapping.ts'
import type { PropertyValue } from './property-value.ts'
import type { EnqueueOptions, EnqueueTarget, SignalEvent, Subject } from './signals.ts'
import type { Inputs } from './source-model.ts'
import type {
  BatchAnswer,
  KnownObject,
  MappedObjects,
  ObjectAnswer,
  SubmittedBatch,
  SubmittedBatchQuery,
  SyncObjectArgs,
  SyncObjectResult,
} from './sync-object.ts'

/** What one call takes: an object (`syncObjectWithProperties`), many (`syncObjects`), or a whole sync run. */
export const granularities = ['object', 'batch', 'run'] as const
export type Granularity = (typeof granularities)[number]

export interface ProviderLimits {
  /** Calls at the same time per account, over all workers. A call syncs or deletes one object, or finalizes. @default 4 */
  concurrency?: number
  /**
   * Calls per account in every stretch of so many seconds, over all workers. Divide what the remote allows by the
   * requests that a call makes. @default as many as there are
   */
  rate?: { calls: number; perSeconds: number }
  /** Longest time for one call of a verb of the provider, for example `syncObjectWithProperties`. @default 60000 */
  objectTimeoutMs?: number
  /** Longest time for one record with all its objects; no further call is made after it. @default 1200000 */
  subjectTimeoutMs?: number
  /** Objects in one call of `syncObjects`, at most. @default 100 */
  batchSize?: number
}

export interface ConnectionInfo {
  id: string
  name: string
  scope: string
}

/** What a provider instance is made with; one instance serves one batch of one connection. */
export interface ProviderContext<Settings> {
  connection: ConnectionInfo
  settings: Settings
  /** The connection's published mappings, enabled ones only, in order. */
  mappings: readonly ObjectMapping[]
  /** Signed with the connection's credentials. */
  http: HttpClient
  /** For a remote that speaks no HTTP: as guarded as `http`, and what is said over it is the provider's own affair. */
  connectTcp: ConnectTcp
  log: Log
}

export interface FinalizeArgs {
  subject: Subject
  inputs: Inputs
  mappedObjects: MappedObjects
  http: HttpClient
  signal: AbortSignal
}

export interface RemoteObjectQuery {
  externalObjectType: string
  externalIdField: string
  idValue: string
  known: KnownObject | null
  http: HttpClient
  signal: AbortSignal
}

export interface RemoteObject {
  remoteId: string
  values: Readonly<Record<string, PropertyValue>>
}

/** What `nextRetryDate` may look at. */
export interface RetryState {
  /** Failed attempts, this one included; at least 1. */
  failedAttempts: number
  firstFailedAt: Date
  now: Date
}

export abstract class OutboundSyncProvider<Settings = unknown> {
  /** Unique name, at most 128 characters. */
  static readonly identifier: string = ''
  /** Semantic version; connections stay on theirs while others move on. */
  static readonly version: string = '1.0.0'
  /** @default identifier */
  static readonly displayName: string = ''
  /** What it sends where, in a sentence: shown where somebody chooses what to connect. @default that of its plugin */
  static readonly description: string = ''
  /** Failed attempts before the job waits for a person. */
  static readonly maxAttempts: number = 5
  /** No try comes later than this after the first failure, whatever attempts are left. Null: only attempts count. */
  static readonly retryForMs: number | null = null
  /** Joins list values into text; null keeps them as lists. */
  static readonly listFieldJoiner: string | null = ','
  static readonly updateModes: readonly UpdateMode[] = updateModes
  /** Settings as a zod object; the connection form is drawn from it. Mark secrets with `secret()`. */
  static readonly settings: z.ZodType | null = null
  /** How the account is signed in to: `basicAuth()`, `apiKeyAuth(...)` and so on. Null: the provider does it by itself. */
  static readonly auth: Auth | null = null
  /** Settings, or fields of `auth`, that name the account: changing one forgets what was sent. */
  static readonly accountSettings: readonly string[] = []
  static readonly externalObjectTypes: readonly ExternalObjectType[] = []
  /** Proposed mappings for a new connection. */
  static readonly defaultMappings: readonly ObjectMapping[] = []
  static readonly limits: ProviderLimits = {}
  /**
   * Whether an object whose identifying value has changed can be told so by its remote id: it is then handed over as
   * `known` with its old `idValue`. Otherwise an object is made for the new value, and the old one is left behind.
   */
  static readonly canChangeIdentity: boolean = false
  static readonly granularity: Granularity = 'object'

  protected readonly context: ProviderContext<Settings>

  constructor(context: ProviderContext<Settings>) {
    this.context = context
  }

  /** For a plugin's tap: asks for a sync of the event's subjects to every active connection of this provider. */
  static enqueueOrder(
    this: EnqueueTarget,
    event: SignalEvent,
    triggeredBy: string,
    options: Omit<EnqueueOptions, 'triggeredBy'> = {},
  ): Promise<{ enqueuedCount: number }> {
    if (!this.identifier) throw new TypeError(`${this.name || 'The provider class'} has no static identifier`)
    return event.enqueue(this, { triggeredBy, ...options })
  }

  /** The mappings to apply. Override for a provider with an opinion of its own. @default the published mappings */
  get mappings(): readonly ObjectMapping[] {
    return this.context.mappings
  }

  /** False or a reason: the subject is not synced, and history says why. */
  shouldSync(_args: {
    subject: Subject
    inputs: Inputs
  }): boolean | { skip: string } | Promise<boolean | { skip: string }> {
    return true
  }

  /** Null leaves the delay to the retry policy. */
  nextRetryDate(_state: RetryState, _error: unknown): Date | null {
    return null
  }

  /** Overrides the status table: an error to throw, null to accept the response, undefined for the default. */
  classifyResponse?(response: HttpResponse, request: HttpRequest): Error | null | undefined

  /**
   * Creates or updates one object; must be idempotent. Null: this object is deliberately not synced.
   * `delete` is only asked for when `deleteObject` is missing.
   */
  abstract syncObjectWithProperties(args: SyncObjectArgs): Promise<SyncObjectResult | SubmittedBatch | null>

  /**
   * One call for many objects: a result or an error each, in order; null: deliberately not synced. Called by granularity
   * `batch` instead of `syncObjectWithProperties`, with no two objects of one identity. Must be idempotent.
   */
  syncObjects?(args: readonly SyncObjectArgs[]): Promise<readonly ObjectAnswer[]>

  /** Asks for the answer of a batch that was `submitted`; asked again after an error that can heal by waiting. */
  checkBatch?(batch: SubmittedBatchQuery): Promise<BatchAnswer>

  /** Runs once after all objects of a subject when at least one was sent, or when the last finalize failed. */
  async finalizeSync(_args: FinalizeArgs): Promise<void> {}

  /** Reads an object back; null when there is none. Needed by mappings with mode `find`. */
  readObject?(query: RemoteObjectQuery): Promise<RemoteObject | null>

  /** Deletes an object; `nothing_to_do` when it was gone already. */
  deleteObject?(query: RemoteObjectQuery): Promise<SyncObjectResult>

  /**
   * What the remote holds, where that differs from account to account; `externalObjectTypes` need not list it then, and
   * what is declared there stands beside. Asked about once a minute while there is work. Needs no known object.
   */
  discoverObjectTypes?(options: { signal: AbortSignal }): Promise<readonly ExternalObjectType[]>

  /** Throws, or says in a sentence what was reached, and whose account it is when the remote tells. */
  testConnection?(options: { signal: AbortSignal }): Promise<{ message: string; accountName?: string }>

  /** Called when the batch is done with this instance. */
  async close(): Promise<void> {}
}

/** A concrete class derived from OutboundSyncProvider, with its declaration. */
export interface ProviderClass {
  readonly name: string
  readonly identifier: string
  readonly version: string
  readonly displayName: string
  /** Left out by a plugin with an older copy of the base class. */
  readonly description?: string
  readonly maxAttempts: number
  readonly retryForMs: number | null
  readonly listFieldJoiner: string | null
  readonly updateModes: readonly UpdateMode[]
  readonly settings: z.ZodType | null
  readonly auth: Auth | null
  readonly accountSettings: readonly string[]
  readonly externalObjectTypes: readonly ExternalObjectType[]
  readonly defaultMappings: readonly ObjectMapping[]
  readonly limits: ProviderLimits
  readonly canChangeIdentity: boolean
  readonly granularity: Granularity
  // biome-ignore lint/suspicious/noExplicitAny: each provider has its own settings type, parsed by its own schema
  new (context: ProviderContext<any>): OutboundSyncProvider
}

// The door on which the host says "this changed": the names, the event a host fires and the event a plugin sees.
import type { AsyncSeriesHook } from 'tapable'
import { z } from 'zod'
import { scopeSchema } from './scope-path.ts'
import type { TransactionBorder } from './transaction.ts'

export const signalNames = [
  'order_placed',
  'order_paid',
  'order_canceled',
  'order_reactivated',
  'order_expired',
  'order_expiry_changed',
  'order_modified',
  'order_changed',
  'order_approved',
  'order_denied',
  'order_split',
  'checkin_created',
  'checkin_annulled',
  'customer_created',
] as const

/**
 * The names of signals that plugins bring beyond these, for the types; each also names them in `definePlugin`:
 * `declare module 'outbound-sync/sdk' { interface PluginSignals { product_changed: true } }`.
 */
// biome-ignore lint/suspicious/noEmptyInterface: it is filled by declaration merging
export interface PluginSignals {}
export type SignalName = (typeof signalNames)[number] | (keyof PluginSignals & string)

export const subjectSchema = z.object({ model: z.string().min(1), id: z.string().min(1) })
/** One root record to sync. */
export type Subject = z.infer<typeof subjectSchema>

export const signalPayloadSchema = z.object({
  /** The path of the tenant space, for example `organizer:acme/event:conf26`. */
  scope: scopeSchema,
  subjects: z.array(subjectSchema).min(1),
  /** What changed, for providers that want to know; never what is sent (the latest state is). */
  changes: z.array(z.json()).optional(),
  actor: z.object({ id: z.string(), name: z.string() }).optional(),
  /** The id of the connection the change came from: nothing is sent back to it. */
  origin: z.string().optional(),
  /** The version of the record after the change. */
  version: z.number().int().optional(),
})
export type SignalPayload = z.infer<typeof signalPayloadSchema>

/** What the host fires: the payload and the border of the transaction the change is made in. */
export interface HostEvent extends SignalPayload {
  transaction: TransactionBorder | 'none'
}

export interface EnqueueOptions {
  /** A reason shown to operators, at most 128 characters; usually the signal's name. */
  triggeredBy: string
  /** Do not send before this time. @default now */
  notBefore?: Date
  /** Wake a worker at once instead of at its next poll. @default true */
  immediate?: boolean
  /** Part of the record to send. @default '' (all of it) */
  stream?: string
}

/** The provider to enqueue for; a provider class is one. */
export interface EnqueueTarget {
  readonly name: string
  readonly identifier: string
  /** Instead of the one: every provider made of a definition of this kind, those included that were made just now. */
  readonly definitionKind?: string
}

/** What a plugin's tap sees. It has no transaction: a failing statement of a plugin would abort the host's order. */
export interface SignalEvent extends SignalPayload {
  name: SignalName
  enqueue(provider: EnqueueTarget, options: EnqueueOptions): Promise<{ enqueuedCount: number }>
}

export const scopeCopySchema = z.object({
  /** The scope that was copied. */
  from: scopeSchema,
  /** The new one. */
  to: scopeSchema,
  actor: z.object({ id: z.string(), name: z.string() }).optional(),
})

/** What the host fires when it has made a copy of a scope, in the transaction that made it. */
export interface ScopeCopy extends z.infer<typeof scopeCopySchema> {
  transaction: TransactionBorder | 'none'
}

/** Fired like a signal, and heard by the core alone: it begins the connections of the old scope in the new one. */
export interface ScopeCopiedSignal {
  promise(event: ScopeCopy): Promise<void>
}

/** Taps get a SignalEvent; whoever fires passes a HostEvent. The registry's interceptor stands between the two. */
export type TappedSignals = Readonly<Record<SignalName, AsyncSeriesHook<[HostEvent]>>>
export type Signals = TappedSignals & { readonly scope_copied: ScopeCopiedSignal }
export type SignalTap = (event: SignalEvent) => Promise<void> | void

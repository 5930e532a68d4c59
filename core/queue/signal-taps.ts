// Stands between the host's event and a plugin's tap: checks the event, runs the tap only where its plugin is active,
// hides the transaction, and lets nothing a plugin does reach the host's transaction except a failed enqueue.
import { toMissingTables } from '../database/missing-tables.ts'
import type { Database, SqlSession } from '../database/transaction.ts'
import { messageOf, OutboundSyncError } from '../errors.ts'
import type { Log } from '../sdk/log.ts'
import type {
  EnqueueOptions,
  EnqueueTarget,
  HostEvent,
  SignalEvent,
  SignalName,
  SignalPayload,
} from '../sdk/signals.ts'
import { signalPayloadSchema } from '../sdk/signals.ts'
import { issueSentences } from '../sdk/zod-words.ts'
import type { ClosedDoors } from './closed-doors.ts'
import type { ConnectionPassed, EnqueuedFor } from './enqueue.ts'

export interface SignalTapDependencies {
  /** Used when the host fires with `transaction: 'none'`. */
  database: Pick<Database, 'executeSql' | 'schema'>
  /** Which plugins are active in a scope, read in the session. */
  loadActivation(session: SqlSession, scope: string): Promise<(plugin: string) => boolean>
  isPlugin(name: string): boolean
  /** A plugin that is active in every scope: nothing has to be read for it. */
  isAlwaysOn(plugin: string): boolean
  enqueue(
    session: SqlSession,
    request: EnqueuedFor & { event: SignalPayload; triggeredBy: string; notBefore?: Date; stream?: string },
  ): Promise<{ enqueuedCount: number; passed: ConnectionPassed[] }>
  closedDoors: ClosedDoors
  /** Tells the workers, once the transaction is committed. */
  wakeUp(): void
  reportTapError(plugin: string, signal: SignalName, error: unknown): void
  log: Log
}

type TapFunction = (event: SignalEvent) => unknown

interface OpenedEvent {
  payload: SignalPayload
  session: SqlSession
  activation: Promise<(plugin: string) => boolean> | null
}

export function createTapWrapper(
  dependencies: SignalTapDependencies,
): (tap: { name: string; fn: TapFunction }, signal: SignalName) => (event: HostEvent) => Promise<void> {
  const opened = new WeakMap<HostEvent, OpenedEvent>()

  const open = (event: HostEvent, signal: SignalName): OpenedEvent => {
    const known = opened.get(event)
    if (known) return known
    const fresh = openEvent(event, signal, dependencies.database)
    opened.set(event, fresh)
    return fresh
  }

  return (tap, signal) => async (hostEvent) => {
    const event = open(hostEvent, signal)
    const met = { plugin: tap.name, signal, event: event.payload }
    const isPlugin = dependencies.isPlugin(tap.name)
    if (isPlugin && !dependencies.isAlwaysOn(tap.name)) {
      event.activation ??= dependencies.loadActivation(event.session, event.payload.scope)
      const isActive = (await event.activation)(tap.name)
      dependencies.closedDoors.plugin(met, isActive)
      if (!isActive) return
    }
    let enqueueFailure: { error: unknown } | null = null
    const enqueue = async (target: EnqueueTarget, options: EnqueueOptions): Promise<{ enqueuedCount: number }> => {
      const enqueuedFor = enqueuedForOf(target)
      try {
        const result = await dependencies.enqueue(event.session, {
          ...enqueuedFor,
          event: event.payload,
          triggeredBy: options.triggeredBy,
          ...(options.notBefore ? { notBefore: options.notBefore } : {}),
          ...(options.stream ? { stream: options.stream } : {}),
        })
        dependencies.closedDoors.connections(met, enqueuedFor, result)
        if (result.enqueuedCount > 0 && options.immediate !== false) wakeAfterCommit(hostEvent, dependencies.wakeUp)
        return { enqueuedCount: result.enqueuedCount }
      } catch (error) {
        enqueueFailure = { error }
        throw error
      }
    }
    try {
      await tap.fn(Object.freeze({ ...event.payload, name: signal, enqueue }))
    } catch (error) {
      if (!isPlugin) throw error
      if (!enqueueFailure) {
        dependencies.log.error(
          { plugin: tap.name, signal, error: messageOf(error) },
          'A plugin failed while handling a signal; the change itself is not affected',
        )
        dependencies.reportTapError(tap.name, signal, error)
      }
    }
    // The failed INSERT has aborted the host's transaction already; hiding it would let the host commit nothing.
    const failure: { error: unknown } | null = enqueueFailure
    if (failure) throw (failure as { error: unknown }).error
  }
}

function enqueuedForOf(target: EnqueueTarget): EnqueuedFor {
  if (target.definitionKind) return { definitionKind: target.definitionKind }
  if (!target.identifier) throw new TypeError(`${target.name || 'The provider class'} has no static identifier`)
  return { provider: target.identifier }
}

function openEvent(event: HostEvent, signal: SignalName, database: SignalTapDependencies['database']): OpenedEvent {
  const { transaction, ...rest } = event
  const payload = signalPayloadSchema.safeParse(rest)
  if (!payload.success) {
    const isIdMissing = event.subjects?.some((subject) => !subject?.id)
    const hint = isIdMissing ? ' A subject has no id yet: flush the record before firing.' : ''
    const problems = issueSentences(payload.error.issues, { whole: 'the event', input: rest })
    throw new OutboundSyncError(
      'signal_event',
      `The event of the signal ${signal} is not valid.${hint} Correct it: ${problems.join('; ')}.`,
    )
  }
  if (transaction === undefined) {
    throw new OutboundSyncError(
      'signal_transaction',
      `The signal ${signal} was fired without a transaction. Pass the border of the transaction the change is made in (fromMikroOrm(em), fromNodePostgres(client), ...), or transaction: 'none' to enqueue outside of one.`,
    )
  }
  if (transaction !== 'none' && typeof transaction?.executeSql !== 'function') {
    throw new OutboundSyncError(
      'signal_transaction',
      `The signal ${signal} was fired with a transaction that has no executeSql(text, values). Wrap the one of your data layer: fromNodePostgres(client), fromKysely(trx), fromMikroOrm(em), ...`,
    )
  }
  if (transaction === 'none') return { payload: payload.data, session: database, activation: null }
  const session: SqlSession = {
    async executeSql<Row>(text: string, values?: readonly unknown[]) {
      const result = await transaction.executeSql(text, values ?? []).catch((error: unknown) => {
        throw toMissingTables(error, database.schema)
      })
      // The statement beside the call names these columns.
      return { rows: result.rows as Row[] }
    },
  }
  return { payload: payload.data, session, activation: null }
}

// Without a commit callback nothing tells us when the transaction ends: two guesses, then polling finds it.
const wakeUpDelaysMs = [15, 150]

function wakeAfterCommit({ transaction }: HostEvent, wakeUp: () => void): void {
  if (transaction === 'none') wakeUp()
  else if (transaction.onCommit) transaction.onCommit(wakeUp)
  else for (const delayMs of wakeUpDelaysMs) setTimeout(wakeUp, delayMs).unref()
}

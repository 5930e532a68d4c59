// One batch of one connection: sync -> classify -> record. The leases go back with the record. Never throws: whatever
// goes wrong becomes the outcome of a job.
import type { RuntimeConnection } from '../connections/connect.ts'
import type { DiscoveredTypes } from '../connections/discovered-types.ts'
import type { Database } from '../database/transaction.ts'
import { messageOf } from '../errors.ts'
import type { ConnectTcp } from '../sdk/connect-tcp.ts'
import type { HttpClient, HttpRequest, HttpResponse } from '../sdk/http-client.ts'
import type { Log } from '../sdk/log.ts'
import type { OutboundSyncProvider, ProviderClass } from '../sdk/provider.ts'
import type { SourceModel } from '../sdk/source-model.ts'
import { type IdentityLeases, LeaseError } from '../sync/leases.ts'
import { makeProvider } from '../sync/make-provider.ts'
import { hasReachedRemote } from '../sync/object-report.ts'
import type { SyncJobInput } from '../sync/subject-context.ts'
import type { SubmittedObject } from '../sync/submitted-object.ts'
import { syncBatch } from '../sync/sync-batch.ts'
import type { SubjectSync } from '../sync/sync-subject.ts'
import { causesOf } from '../sync/unexpected-error.ts'
import { timeLimit, withinTime } from '../sync/within-time.ts'
import type { AccountSlots } from './account-slots.ts'
import type { ClaimedJob } from './claimed-job.ts'
import { type Outcome, outcomeOfError, submittedOutcome } from './outcome.ts'
import { runIdsOf } from './record-ends.ts'
import type { Recorder } from './recorder.ts'
import { unreadDelayMs } from './retry-policy.ts'

export interface ExecuteBatchRequest {
  connection: RuntimeConnection
  providerClass: ProviderClass
  /** The plugin that brings it. */
  pluginName: string
  jobs: readonly ClaimedJob[]
  isProbe: boolean
  database: Database
  sourceModel(name: string): SourceModel | null
  sourceModels(): readonly SourceModel[]
  /** The name of the plugin that brings it. */
  pluginOfModel(name: string): string | null
  /** The connection's client; the provider instance may override the status table. */
  createHttp(classify: ClassifyResponse): HttpClient
  connectTcp: ConnectTcp
  discoveredTypes: DiscoveredTypes
  leases: IdentityLeases
  slots: AccountSlots
  recorder: Recorder
  /** The account or the connection may not be called any more; called before the end of the job is reported. */
  onRefused(outcome: Extract<Outcome, { kind: 'rate_limited' | 'reconnect' }>): void
  /** A job is through; its end may still have to be written. */
  onSynced(): void
  log: Log
  signal: AbortSignal
  /** Throws when no call may start any more: the leases may have run out, or a gate has closed. */
  assertMayCall(): void
}

export type ClassifyResponse = (response: HttpResponse, request: HttpRequest) => Error | null | undefined

interface BatchJob extends SyncJobInput {
  claimed: ClaimedJob
  /** What the remote answers later, noted with the job's end. */
  submitted: SubmittedObject[]
}

/** Source older than its signal, identity in use: looked at again after this. */
const deferredDelayMs = 2_000

export async function executeBatch(request: ExecuteBatchRequest): Promise<void> {
  const { connection, providerClass, recorder } = request
  const startedAt = performance.now()
  const jobs = request.jobs.map(toBatchJob)
  let provider: OutboundSyncProvider | null = null
  const http = request.createHttp((response, call) => provider?.classifyResponse?.(response, call))

  const record = (job: BatchJob, sync: SubjectSync): void => {
    request.onSynced()
    // Work that was cut off by the stop of the process is handed back, not recorded.
    if (sync.end.kind === 'failed' && request.signal.aborted) return
    const outcome = outcomeOf(sync, job, providerClass, provider)
    if (outcome.kind === 'rate_limited' || outcome.kind === 'reconnect') request.onRefused(outcome)
    recorder.ended({
      job: job.claimed,
      label: sync.label,
      outcome,
      // The object that was to be next has not failed.
      objects: outcome.kind === 'held' ? sync.objects.filter(hasReachedRemote) : sync.objects,
      // What this try has sent is unchanged in the next one, which must finalize all the same.
      mustFinalize: job.mustFinalize || sync.objects.some(hasReachedRemote),
      mappingVersion: connection.mappingVersion,
      accountKey: connection.accountKey,
      isProbe: request.isProbe,
      durationMs: performance.now() - startedAt,
      secrets: connection.secrets.all(),
      connection,
      ...(sync.end.kind === 'failed' ? { error: sync.end.error } : {}),
    })
  }

  try {
    if (connection.error) throw connection.error
    const { mappings } = connection
    const { pluginName, connectTcp, log } = request
    const instance = makeProvider({ providerClass, pluginName, connection, mappings, http, connectTcp, log })
    provider = instance
    const objectTypes = await request.discoveredTypes.of({
      connection,
      provider: instance,
      providerClass,
      ask: (discover) =>
        request.slots.calls.run(() => {
          request.assertMayCall()
          const limit = timeLimit(request, 'discoverObjectTypes', 'Asking the remote what it holds')
          return withinTime(limit, (signal) => discover({ signal }))
        }),
    })
    await syncBatch({
      jobs,
      database: request.database,
      sourceModel: request.sourceModel,
      sourceModels: request.sourceModels,
      pluginOfModel: request.pluginOfModel,
      slots: request.slots.subjects,
      context: {
        connection: { id: connection.id, scope: connection.scope, epoch: connection.epoch },
        provider: instance,
        providerClass,
        objectTypes,
        pluginName: request.pluginName,
        http,
        signal: request.signal,
        leases: request.leases,
        slots: request.slots.calls,
      },
      assertMayCall: request.assertMayCall,
      callbacks: (job) => ({
        assertMayCall: createWatchdog(request.assertMayCall, providerClass.limits.subjectTimeoutMs),
        onSubmitted: (object) => job.submitted.push(object),
        onSent: (object, leaseKey) => recorder.sent(job.claimed, object, leaseKey),
        onRetired: (link, leaseKey) => recorder.retired(job.claimed, link, leaseKey),
        onReleased: (leaseKey) => recorder.released(leaseKey),
      }),
      onEnd: record,
    })
  } catch (error) {
    for (const job of jobs) record(job, { label: job.subject.id, objects: [], end: { kind: 'failed', error } })
  } finally {
    await provider?.close().catch((error: unknown) => {
      request.log.warn({ connection: connection.id, error: messageOf(error) }, 'A provider failed to close')
    })
  }
}

function toBatchJob(claimed: ClaimedJob): BatchJob {
  const [runId] = runIdsOf(claimed)
  return {
    claimed,
    id: claimed.id,
    fence: claimed.fence,
    subject: { model: claimed.sourceModel, id: claimed.sourceId },
    askedForBy: claimed.triggers.map(({ name }) => name),
    stream: claimed.stream,
    changes: claimed.changes,
    sourceVersion: claimed.sourceVersion,
    isForced: claimed.isForced,
    mustFinalize: claimed.mustFinalize,
    run: runId ? { id: runId, mode: 'backfill' } : null,
    answers: claimed.answers,
    submitted: [],
  }
}

function outcomeOf(
  sync: SubjectSync,
  { claimed: job, submitted }: BatchJob,
  providerClass: ProviderClass,
  provider: OutboundSyncProvider | null,
): Outcome {
  const { end } = sync
  switch (end.kind) {
    case 'synced':
      return { kind: end.hasSent ? 'succeeded' : 'nothing_to_do' }
    case 'skipped':
    case 'gone':
      return { kind: end.kind, message: end.message }
    case 'deferred':
      return { kind: 'deferred', delayMs: end.delayMs ?? deferredDelayMs, message: end.message }
    case 'unread': {
      const waitedMs = Date.now() - Date.parse(job.triggers.at(-1)?.at ?? '')
      return { kind: 'deferred', delayMs: unreadDelayMs({ waitedMs, random: Math.random() }), message: end.message }
    }
    case 'submitted':
      return submittedOutcome(submitted, new Date())
    case 'waiting_for': {
      const { model, id } = end.reference
      if (job.hasExpired) {
        const message = `It refers to ${model} ${id}, which was not synced to this connection in time. Sync that record first, or change the mapping.`
        return { kind: 'config', message }
      }
      return { kind: 'waiting_for', reference: end.reference, message: `Waiting for ${model} ${id} to be synced.` }
    }
    case 'failed':
      if (end.error instanceof TookTooLong) return { kind: 'timeout', message: end.error.message }
      // No fault of the remote's, and nothing to wait for: it uses no attempt.
      if (causesOf(end.error).some((cause) => cause instanceof LeaseError)) {
        return { kind: 'deferred', delayMs: deferredDelayMs, message: messageOf(end.error) }
      }
      return outcomeOfError(end.error, {
        failedAttempts: job.failedAttempts,
        firstFailedAt: job.firstFailedAt,
        maxAttempts: providerClass.maxAttempts,
        retryForMs: providerClass.retryForMs,
        now: new Date(),
        random: Math.random(),
        ...(provider ? { nextRetryDate: (state, error) => askProvider(provider, state, error) } : {}),
      })
  }
}

function askProvider(
  provider: OutboundSyncProvider,
  state: Parameters<OutboundSyncProvider['nextRetryDate']>[0],
  error: unknown,
): Date | null {
  try {
    return provider.nextRetryDate(state, error)
  } catch {
    // A provider that cannot say when leaves it to the policy; the failure it was asked about is what is recorded.
    return null
  }
}

/** Longest time for one record with all its objects. Every call has a limit of its own, so it always gets to know. */
const defaultSubjectTimeoutMs = 20 * 60_000

class TookTooLong extends Error {}

function createWatchdog(assertMayCall: () => void, timeoutMs = defaultSubjectTimeoutMs): () => void {
  const startedAt = performance.now()
  return () => {
    assertMayCall()
    if (performance.now() - startedAt < timeoutMs) return
    throw new TookTooLong(
      `It was not through after ${timeoutMs / 1000} seconds and was stopped before its next call. What was sent until then is not sent again.`,
    )
  }
}

/** For assertMayCall: no call may start any more. */
export function leaseLostError(): LeaseError {
  return new LeaseError('The worker could not renew its leases in time, so nothing more was sent.')
}

// The hooks on which we say what happened, outward. A tap must not wait: it runs in the worker's loop.
import { SyncHook } from 'tapable'
import type { Subject } from '../sdk/signals.ts'

export interface FinishedJob {
  connectionId: string
  scope: string
  subject: Subject
  /** What a person calls the record. */
  label: string
  /** One of the outcomes of core/README.md, for example `succeeded` or `retry`. */
  outcome: string
  message: string | null
}

export interface FinishedAudit {
  runId: string
  connectionId: string
  sourceModel: string
  scope: string
  /** Records of the host that were looked at. */
  checkedCount: number
  /** Those that should be up to date at the connection and are not. */
  missingCount: number
}

export interface FailingAccount {
  accountKey: string
  /** The connections that send to it. */
  connectionIds: readonly string[]
  /** How near its breaker is to opening; at 100 it has opened. Each is told once. */
  percent: 50 | 70 | 90 | 100
  failedCount: number
  triedCount: number
  /** What the last one failed with. */
  message: string
}

export interface Hooks {
  /** A try of a job has ended and is recorded. */
  readonly jobFinished: SyncHook<[FinishedJob]>
  /** An audit has ended and its report is written. */
  readonly auditFinished: SyncHook<[FinishedAudit]>
  /** An account fails more and more. */
  readonly accountFailing: SyncHook<[FailingAccount]>
}

export function createHooks(): Hooks {
  return Object.freeze({
    jobFinished: new SyncHook<[FinishedJob]>(['job']),
    auditFinished: new SyncHook<[FinishedAudit]>(['audit']),
    accountFailing: new SyncHook<[FailingAccount]>(['account']),
  })
}

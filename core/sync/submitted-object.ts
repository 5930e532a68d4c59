// An object that the remote has accepted and will answer for later: what has to be kept until then, so that the answer
// can be written to the ledger and the job can go on.
import type { SyncObjectResult } from '../sdk/sync-object.ts'
import type { Submission } from './call-answer.ts'
import { identityChange, type Predecessor } from './identity-change.ts'
import { safeHref } from './safe-href.ts'
import type { SentObject } from './write-ledger.ts'

/** What goes to the ledger but the remote's answer. */
export type OfferedObject = Omit<SentObject, 'remoteId' | 'customs' | 'href' | 'displayName' | 'replaces'>

export interface SubmittedObject {
  submission: Submission
  offered: OfferedObject
  /** The object that the record had under its former identity. */
  predecessor: Predecessor | null
  /** Of the identity, and of the former one that is to be written: the batch keeps them until the answer. */
  leaseKeys: readonly string[]
  idempotencyKey: string
}

/** The object as the ledger takes it, with what the remote answered. */
export function withAnswer(
  { offered, predecessor }: Pick<SubmittedObject, 'offered' | 'predecessor'>,
  result: SyncObjectResult,
): SentObject {
  return {
    ...offered,
    remoteId: result.remoteId ?? null,
    customs: result.customs,
    href: safeHref(result.externalLinkHref),
    displayName: result.externalLinkDisplayName ?? null,
    replaces: predecessor && identityChange(predecessor, result),
  }
}

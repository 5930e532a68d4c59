// What a try ended in and what was done to an object, in words. Outcomes and actions that we do not know (of a newer
// worker) are shown as they are stored.
import type { ObjectAction } from '../sdk/sync-object.ts'

export const tones = ['good', 'calm', 'busy', 'wait', 'bad'] as const
/** The colour and the sign of a tag; the words beside it say the same. */
export type Tone = (typeof tones)[number]

export interface OutcomeWords {
  label: string
  tone: Tone
}

const outcomes: Readonly<Record<string, OutcomeWords>> = {
  succeeded: { label: 'Sent', tone: 'good' },
  nothing_to_do: { label: 'Already up to date', tone: 'good' },
  skipped: { label: 'Skipped', tone: 'calm' },
  submitted: { label: 'Accepted, answer follows', tone: 'wait' },
  waiting_for: { label: 'Waiting for a record', tone: 'wait' },
  deferred: { label: 'Put off for a moment', tone: 'wait' },
  retry: { label: 'Failed, tried again', tone: 'wait' },
  rate_limited: { label: 'Asked to slow down', tone: 'wait' },
  held: { label: 'Held in between', tone: 'wait' },
  reconnect: { label: 'Credentials refused', tone: 'bad' },
  exceeded: { label: 'Gave up for now', tone: 'bad' },
  permanent: { label: 'Refused', tone: 'bad' },
  config: { label: 'Settings to correct', tone: 'bad' },
  internal: { label: 'Unexpected error', tone: 'bad' },
  timeout: { label: 'Did not finish', tone: 'bad' },
  canceled: { label: 'Canceled', tone: 'calm' },
  gone: { label: 'Record is gone', tone: 'calm' },
  superseded: { label: 'Came too late', tone: 'calm' },
}

/** The outcomes in which a record did not get through. */
export const failedOutcomes = ['exceeded', 'permanent', 'config', 'internal', 'timeout'] as const

const actions: Readonly<Record<ObjectAction, OutcomeWords>> = {
  created: { label: 'Created', tone: 'good' },
  updated: { label: 'Updated', tone: 'good' },
  nothing_to_do: { label: 'Already up to date', tone: 'good' },
  deleted: { label: 'Deleted', tone: 'calm' },
  found: { label: 'Found', tone: 'calm' },
}
const otherActions: Readonly<Record<string, OutcomeWords>> = {
  ...actions,
  submitted: { label: 'Accepted, answer follows', tone: 'wait' },
  skipped: { label: 'Skipped', tone: 'calm' },
  failed: { label: 'Failed', tone: 'bad' },
  orphaned: { label: 'Left behind', tone: 'calm' },
}

export function outcomeWords(outcome: string): OutcomeWords {
  return (Object.hasOwn(outcomes, outcome) ? outcomes[outcome] : null) ?? { label: outcome, tone: 'calm' }
}

export function actionWords(action: string): OutcomeWords {
  return (Object.hasOwn(otherActions, action) ? otherActions[action] : null) ?? { label: action, tone: 'calm' }
}

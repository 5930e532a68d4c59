// How a backfill stands, in words. Pure.
import type { RunReport } from '../sdk/plugin.ts'
import type { Tone } from './outcome-words.ts'

export type RunState = RunReport['state']

export interface RunWords {
  tone: Tone
  label: string
  sentence: string
  isActive: boolean
  canPause: boolean
  canResume: boolean
  canStop: boolean
}

const buttons = { isActive: false, canPause: false, canResume: false, canStop: false }

export function describeRun({
  state,
  reason,
  failedCount,
}: Pick<RunReport, 'state' | 'reason' | 'failedCount'>): RunWords {
  const active = { ...buttons, isActive: true, canPause: true, canStop: true }
  switch (state) {
    case 'waiting':
      return { ...active, tone: 'calm', label: 'Waiting', sentence: 'It begins as soon as a worker is free.' }
    case 'canary':
      return {
        ...active,
        tone: 'busy',
        label: 'Trial',
        sentence: 'The first ten are sent. When more than two of them fail, it stops there.',
      }
    case 'running':
      return {
        ...active,
        tone: 'busy',
        label: 'Sending',
        sentence: 'It goes on in the background; new changes are sent before it.',
      }
    case 'paused':
      return {
        ...buttons,
        canResume: true,
        canStop: true,
        tone: 'wait',
        label: 'Paused',
        sentence: reason ?? 'It goes on from where it is when it is resumed.',
      }
    case 'stopped':
      return {
        ...buttons,
        tone: failedCount > 0 ? 'bad' : 'calm',
        label: 'Stopped',
        sentence: reason ?? 'It was stopped.',
      }
    case 'finished':
      return failedCount > 0
        ? {
            ...buttons,
            tone: 'wait',
            label: 'Finished, not all sent',
            sentence: 'What failed stands below and in the queue, each with its reason.',
          }
        : { ...buttons, tone: 'good', label: 'Finished', sentence: 'Everything that was to be sent has arrived.' }
    case 'failed':
      return {
        ...buttons,
        canResume: true,
        canStop: true,
        tone: 'bad',
        label: 'Interrupted',
        sentence: `${reason ?? 'The records could not be read.'} It goes on from where it is when it is resumed.`,
      }
  }
}

/** How a retry or cancel of many lines stands. */
export function describeBulk(
  { state, reason }: Pick<RunReport, 'state' | 'reason'>,
  mode: 'retry' | 'cancel',
): RunWords {
  const words = describeRun({ state, reason, failedCount: 0 })
  switch (state) {
    case 'canary':
    case 'running':
      return {
        ...words,
        label: 'At work',
        sentence: mode === 'retry' ? 'Line by line is made due at once.' : 'Line by line is taken out of the queue.',
      }
    case 'finished':
      return {
        ...words,
        sentence:
          mode === 'retry'
            ? 'What was retried is sent as soon as a worker is free; how each ends stands in its history.'
            : 'What was canceled is not sent. Each line stands in the history of its record.',
      }
    default:
      return words
  }
}

/** How the count of a mapping's impact stands; what it found is for its own page. */
export function describeCount({ state, reason }: Pick<RunReport, 'state' | 'reason'>): RunWords {
  const words = describeRun({ state, reason, failedCount: 0 })
  switch (state) {
    case 'canary':
    case 'running':
      return { ...words, label: 'Counting', sentence: 'It reads the records page by page. Nothing is sent.' }
    case 'finished':
      return { ...words, label: 'Counted', sentence: 'No record would fail.' }
    default:
      return words
  }
}

/** How an audit stands, and what it found. */
export function describeAudit({
  state,
  reason,
  missingCount,
}: Pick<RunReport, 'state' | 'reason'> & { missingCount: number }): RunWords {
  const words = describeRun({ state, reason, failedCount: 0 })
  switch (state) {
    case 'canary':
    case 'running':
      return {
        ...words,
        label: 'Looking',
        sentence: 'It reads the records page by page; work in the queue goes first.',
      }
    case 'finished':
      return missingCount > 0
        ? {
            ...words,
            tone: 'bad',
            label: 'Found gaps',
            sentence: 'Some records should be up to date at the other side and are not.',
          }
        : {
            ...words,
            label: 'Complete',
            sentence: 'Every record has arrived or is on its way, as far as we can know.',
          }
    default:
      return words
  }
}

/** About how long it still takes, from how long it took so far; null while that says nothing. */
export function remainingMs({
  doneCount,
  totalCount,
  elapsedMs,
}: {
  doneCount: number
  totalCount: number
  elapsedMs: number
}): number | null {
  if (doneCount < 5 || elapsedMs < 1000 || totalCount <= doneCount) return null
  return (elapsedMs / doneCount) * (totalCount - doneCount)
}

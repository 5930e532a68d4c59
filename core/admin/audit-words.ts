// What an audit can find, in words: what is known of such a record, and what to do. Pure.
import type { Finding } from '../runs/judge-records.ts'
import type { Tone } from './outcome-words.ts'

export interface FindingWords {
  finding: Finding
  label: string
  tone: Tone
  /** What is known, and what to do when there is something. */
  meaning: string
}

/** In the order in which a reader wants them: what is missing first. */
export function findingWords({
  connectionName: name,
  overdueHours,
}: {
  connectionName: string
  overdueHours: number
}): readonly FindingWords[] {
  return [
    {
      finding: 'never_synced',
      label: 'Never arrived',
      tone: 'bad',
      meaning: `Nothing of it is at ${name}, and nothing is in the queue. It can be sent from this page. Some may turn out to be left out on purpose, by a condition of the mapping or because the plugin does not listen to such records.`,
    },
    {
      finding: 'stale',
      label: 'Out of date',
      tone: 'bad',
      meaning: `What ${name} has was sent before its account or settings changed, or the last try ended badly and nothing is in the queue. It can be sent from this page.`,
    },
    {
      finding: 'failed',
      label: 'Needs attention',
      tone: 'bad',
      meaning: 'The last try failed for good. Correct the cause, then retry it in the queue.',
    },
    {
      finding: 'overdue',
      label: 'Waiting too long',
      tone: 'wait',
      meaning: `It is in the queue and has been due for more than ${overdueHours} hours. The queue says what it waits for.`,
    },
    {
      finding: 'canceled',
      label: 'Canceled',
      tone: 'calm',
      meaning: 'Somebody took it out of the queue. That was a decision, so it does not count as missing.',
    },
    {
      finding: 'waiting',
      label: 'On its way',
      tone: 'busy',
      meaning: 'It is in the queue and is sent in its turn.',
    },
    {
      finding: 'plugin_off',
      label: 'Not expected',
      tone: 'calm',
      meaning: 'The plugin is switched off in its scope.',
    },
    {
      finding: 'complete',
      label: 'Arrived',
      tone: 'good',
      meaning:
        'The last thing we were asked to send has arrived, or was skipped for a reason. A change that the host did not signal cannot be seen from here.',
    },
  ]
}

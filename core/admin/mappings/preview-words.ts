// What a preview says would happen, in words.
import type { TraceStep } from '../../mapping/trace-properties.ts'
import type { ObjectPreview, SubjectPreview } from '../../sync/preview-subjects.ts'
import type { OutcomeWords } from '../outcome-words.ts'
import { transformWords } from '../transform-words.ts'

export const verdictWords: Readonly<Record<SubjectPreview['verdict'], OutcomeWords & { sentence: string }>> = {
  sends: {
    label: 'Would be sent',
    tone: 'busy',
    sentence: 'Sending this record would change something at the remote.',
  },
  nothing_to_do: {
    label: 'Already up to date',
    tone: 'good',
    sentence: 'All of it is as it was last sent, so nothing would be sent.',
  },
  skipped: { label: 'Would be skipped', tone: 'calm', sentence: 'Nothing of this record would be sent.' },
  waiting: { label: 'Would wait', tone: 'wait', sentence: 'It cannot be sent as a whole yet.' },
  failed: { label: 'Cannot be sent', tone: 'bad', sentence: 'Something in it stands in the way.' },
  gone: { label: 'Record is gone', tone: 'calm', sentence: 'The host no longer has this record.' },
}

const actionTags: Readonly<Record<ObjectPreview['action'], OutcomeWords>> = {
  create: { label: 'Would be created', tone: 'busy' },
  update: { label: 'Would be updated', tone: 'busy' },
  nothing_to_do: { label: 'Already up to date', tone: 'good' },
  find: { label: 'Would be looked up', tone: 'calm' },
  delete: { label: 'Would be deleted', tone: 'wait' },
  skipped: { label: 'Skipped', tone: 'calm' },
  waiting: { label: 'Waits', tone: 'wait' },
  failed: { label: 'Cannot be sent', tone: 'bad' },
}

export function actionTag({ action }: Pick<ObjectPreview, 'action'>): OutcomeWords {
  return actionTags[action]
}

/** @param label of an external field */
export function actionSentence(
  { action, reason, externalIdField, properties }: ObjectPreview,
  { objectType, label }: { objectType: string; label: (externalField: string) => string },
): string {
  const because = reason === null ? '' : ` ${reason}`
  switch (action) {
    case 'create':
      return `A new ${objectType}; should the remote already have one with the same ${label(externalIdField)}, that one is updated.${because}`
    case 'update': {
      const changed = properties.filter(({ isChanged }) => isChanged).map(({ externalField }) => label(externalField))
      return changed.length > 0 ? `Changed: ${listed(changed)}.${because}` : because.trim()
    }
    case 'nothing_to_do':
      return reason ?? 'It is as it was last sent.'
    case 'find':
      return `Nothing is written; the mappings after this one use what is found.${because}`
    case 'delete':
      return `The mapping does not make it any more, and says that it is deleted then.${because}`
    case 'skipped':
    case 'waiting':
    case 'failed':
      return reason ?? ''
  }
}

function listed(items: readonly string[]): string {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`
}

/** What a step did, in front of its value. */
export function stepWords({ step }: TraceStep): string {
  if (typeof step === 'object') return transformWords(step)
  return {
    source: 'from the record',
    value_map: 'translated',
    conversion: 'as the remote takes it',
    each: 'as a list',
  }[step]
}

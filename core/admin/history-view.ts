// Tries as a view shows them: outcomes and actions in words, links that are safe to follow.
import type { AttemptEntry } from './attempt-history.ts'
import type { ConnectionRecord } from './connections/connection-records.ts'
import { durationText } from './format-time.ts'
import { actionWords, type OutcomeWords, outcomeWords } from './outcome-words.ts'
import type { SourceRecords } from './source-records.ts'
import { triggerWords } from './trigger-words.ts'

export interface AttemptView extends Omit<AttemptEntry, 'objects' | 'triggers'> {
  words: OutcomeWords
  connectionName: string
  modelLabel: string
  duration: string
  triggers: readonly { text: string; at: string }[]
  objects: readonly (AttemptEntry['objects'][number] & { words: OutcomeWords; title: string; modelLabel: string })[]
}

export function historyViews(
  attempts: readonly AttemptEntry[],
  { connections, records }: { connections: readonly ConnectionRecord[]; records: Pick<SourceRecords, 'modelLabel'> },
): readonly AttemptView[] {
  const nameById = new Map(connections.map(({ id, name }) => [id, name]))
  return attempts.map((attempt) => ({
    ...attempt,
    words: outcomeWords(attempt.outcome),
    connectionName: nameById.get(attempt.connectionId) ?? 'a deleted connection',
    modelLabel: records.modelLabel(attempt.sourceModel),
    duration: durationText(attempt.durationMs),
    triggers: attempt.triggers.map((trigger) => ({ text: triggerWords(trigger), at: trigger.at })),
    objects: attempt.objects.map((object) => ({
      ...object,
      words: actionWords(object.action),
      title: objectTitle(object),
      modelLabel: records.modelLabel(object.sourceModel),
    })),
  }))
}

/** What to call an object at the remote: its own name, else how it is recognised. */
export function objectTitle(object: {
  displayName: string | null
  objectType: string
  idField: string
  idValue: string | null
}): string {
  if (object.displayName) return object.displayName
  return object.idValue ? `${object.objectType} with ${object.idField} ${object.idValue}` : object.objectType
}

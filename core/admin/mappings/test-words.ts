// How a mapping test stands and what the mappings make of its record, in words. Pure.
import type { TestedObject, TestedOutcome } from '../../mapping/run-mapping-test.ts'
import { valueWords } from '../../mapping/test-differences.ts'
import type { OutcomeWords } from '../outcome-words.ts'
import type { JudgedTest } from './test-runs.ts'

export function verdictWords({ isAccepted, isGreen }: Pick<JudgedTest, 'isAccepted' | 'isGreen'>): OutcomeWords {
  if (!isAccepted) return { label: 'Nothing accepted yet', tone: 'wait' }
  return isGreen ? { label: 'Green', tone: 'good' } : { label: 'Red', tone: 'bad' }
}

export interface TestedObjectView {
  mappingTitle: string
  label: string
  words: OutcomeWords
  /** Why there is no object, or what it is. */
  sentence: string
  properties: readonly { field: string; value: string; mode: string }[]
}

const maxLength = 500

export function testedObjectViews(
  tested: readonly TestedObject[],
  titleOf: (mappingKey: string) => string,
): readonly TestedObjectView[] {
  return tested.map(({ mappingKey, label, outcome }) => ({
    mappingTitle: titleOf(mappingKey),
    label,
    ...outcomeView(outcome),
  }))
}

function outcomeView(outcome: TestedOutcome): Pick<TestedObjectView, 'words' | 'sentence' | 'properties'> {
  if (outcome.kind === 'skipped') {
    return { words: { label: 'Skipped', tone: 'calm' }, sentence: outcome.reason, properties: [] }
  }
  if (outcome.kind === 'failed') {
    return { words: { label: 'Fails', tone: 'bad' }, sentence: outcome.message, properties: [] }
  }
  return {
    words: { label: 'Made', tone: 'good' },
    sentence: `${outcome.externalObjectType}, recognised by ${outcome.externalIdField}: ${outcome.idValue}`,
    properties: outcome.properties.map(([field, value, mode]) => ({ field, value: cut(valueWords(value)), mode })),
  }
}

const cut = (text: string): string => (text.length > maxLength ? `${text.slice(0, maxLength)}…` : text)

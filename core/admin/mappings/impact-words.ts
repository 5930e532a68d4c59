// The impact of a mapping in words: how the count stands, of which mapping it is, and what the figures mean. Pure.
import { type ImpactFigures, type ImpactVerdict, impactVerdicts } from '../../runs/impact-figures.ts'
import type { ImpactReport } from '../../runs/impact-report.ts'
import type { Tone } from '../outcome-words.ts'
import { describeCount, type RunWords } from '../run-words.ts'

type Standing = Pick<ImpactReport, 'hasDraft' | 'isDraftNow' | 'isInForce'>

export function describeImpact(
  report: Pick<ImpactReport, 'state' | 'reason'> & { figures: Pick<ImpactFigures, 'records'> },
): RunWords {
  const words = describeCount(report)
  const isBad = report.state === 'finished' && report.figures.records.failed > 0
  if (!isBad) return words
  return { ...words, tone: 'bad', label: 'Some would fail', sentence: 'What would fail stands below with its causes.' }
}

/** What was judged, after "of the". */
export function judgedWords({ isInForce, isOfDraft }: Pick<ImpactReport, 'isInForce' | 'isOfDraft'>): string {
  if (isInForce) return 'mapping in force'
  return isOfDraft ? 'draft' : 'earlier mapping'
}

/** Whether the figures are of what a person is about to publish, or of what is in force when there is no draft. */
export function isCurrent({ hasDraft, isDraftNow, isInForce }: Standing): boolean {
  return hasDraft ? isDraftNow : isInForce
}

/** Why the figures are not of what is in question now; null when they are. */
export function outdatedWords(standing: Standing): string | null {
  if (isCurrent(standing)) return null
  const { hasDraft, isInForce } = standing
  if (hasDraft && isInForce) {
    return 'These figures are of the mapping in force. There is a draft now: count again to see what it would change.'
  }
  if (hasDraft) return 'The draft was changed since: these figures are of an older one. Count again.'
  return 'These figures are of a draft that was discarded or is not in force any more. Count again.'
}

export interface VerdictWords {
  verdict: ImpactVerdict
  label: string
  tone: Tone
  meaning: string
}

const verdictWords: Readonly<
  Record<ImpactVerdict, Omit<VerdictWords, 'verdict' | 'meaning'> & { meaning(name: string): string }>
> = {
  sends: {
    label: 'Would be sent',
    tone: 'busy',
    meaning: (name) => `Something of it would be created, updated or deleted at ${name}.`,
  },
  nothing_to_do: {
    label: 'Unchanged',
    tone: 'good',
    meaning: (name) => `${name} has everything already as it would be sent.`,
  },
  skipped: {
    label: 'Left out',
    tone: 'calm',
    meaning: () => 'A condition of the mapping, or the provider, decides against it.',
  },
  waiting: {
    label: 'Would wait',
    tone: 'wait',
    meaning: () => 'It needs something of another record that has not been sent yet, and is sent after that one.',
  },
  failed: {
    label: 'Would fail',
    tone: 'bad',
    meaning: () => 'The mapping cannot be applied to it. It is not sent from here; the causes stand below.',
  },
  gone: {
    label: 'Gone',
    tone: 'calm',
    meaning: () => 'It was listed, and was not there any more when it was read.',
  },
  plugin_off: {
    label: 'Not expected',
    tone: 'calm',
    meaning: () => 'The plugin is switched off in its scope.',
  },
}

/** In the order in which a reader wants them; those that are seldom only when there are some. */
export function recordRows(figures: ImpactFigures, connectionName: string): (VerdictWords & { count: number })[] {
  return impactVerdicts.flatMap((verdict) => {
    const count = figures.records[verdict]
    if (count === 0 && (verdict === 'gone' || verdict === 'plugin_off')) return []
    const { meaning, ...words } = verdictWords[verdict]
    return { verdict, ...words, meaning: meaning(connectionName), count }
  })
}

/** In the order of the columns. */
export const actionLabels = {
  create: 'Created',
  update: 'Updated',
  nothing_to_do: 'Unchanged',
  delete: 'Deleted',
  find: 'Looked up',
  skipped: 'Left out',
  waiting: 'Waiting',
  failed: 'Failing',
} as const satisfies Record<keyof ImpactFigures['objectTypes'][number]['actions'], string>

export const causeWords = {
  failed: { label: 'Would fail', tone: 'bad' },
  waiting: { label: 'Would wait', tone: 'wait' },
  skipped: { label: 'Left out', tone: 'calm' },
} as const satisfies Record<ImpactFigures['causes'][number]['kind'], { label: string; tone: Tone }>

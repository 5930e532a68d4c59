// One record in its connections as views and the panel's JSON show it: a state in words, the objects, and which buttons.

import type { Activation } from '../connections/activation.ts'
import type { Catalog } from '../registry/catalog.ts'
import type { Subject } from '../sdk/signals.ts'
import type { User } from '../sdk/user.ts'
import { objectTitle } from './history-view.ts'
import { lineViews } from './line-view.ts'
import { externalHref } from './links.ts'
import { outcomeWords, type Tone } from './outcome-words.ts'
import type { SourceRecords } from './source-records.ts'
import type { ExternalObjectState, SubjectConnection } from './subject-state.ts'

export interface StatusView {
  /** Null when nothing is open. */
  jobId: string | null
  stream: string
  tone: Tone
  label: string
  sentence: string
  advice: string | null
  due: { label: string; at: Date } | null
  tries: string | null
  canRetry: boolean
  canCancel: boolean
}

export interface ObjectView {
  title: string
  /** http or https, or null. */
  href: string | null
  sentAt: Date
  /** What became of it, when it is no longer simply there. */
  note: string | null
}

export interface SubjectConnectionView {
  id: string
  name: string
  providerName: string
  statuses: readonly StatusView[]
  objects: readonly ObjectView[]
  canSyncNow: boolean
}

export async function subjectConnectionViews(
  state: readonly SubjectConnection[],
  options: {
    catalog: Pick<Catalog, 'provider'>
    activation: Pick<Activation, 'isActive'>
    records: SourceRecords
    subject: Subject
    scope: string
    user: User
    now: Date
  },
): Promise<readonly SubjectConnectionView[]> {
  const canOperate = options.user.can('operate', options.scope)
  const connections = state.map(({ connection }) => connection)
  const lines = await lineViews(
    state.flatMap((one) => one.lines),
    { ...options, connections },
  )
  return state.map(({ connection, objects, lastAttempt, canSync }) => {
    const open = lines.filter((line) => line.connection.id === connection.id)
    return {
      id: connection.id,
      name: connection.name,
      providerName: connection.providerName,
      statuses:
        open.length > 0
          ? open.map(({ jobId, stream, words }) => ({
              jobId,
              stream,
              tone: words.tone,
              label: words.label,
              sentence: words.sentence,
              advice: words.advice,
              due: words.due,
              tries: words.tries,
              canRetry: words.canRetry && canOperate,
              canCancel: words.canCancel && canOperate,
            }))
          : [closedStatus(lastAttempt, connection.name)],
      objects: objects.map(objectView),
      canSyncNow: canSync && canOperate && open.length === 0,
    }
  })
}

function closedStatus(lastAttempt: SubjectConnection['lastAttempt'], name: string): StatusView {
  const closed = { jobId: null, stream: '', advice: null, due: null, tries: null, canRetry: false, canCancel: false }
  if (!lastAttempt) {
    return { ...closed, tone: 'calm', label: 'Not sent', sentence: `Nothing of it was sent to ${name} yet.` }
  }
  const { label, tone } = outcomeWords(lastAttempt.outcome)
  const sentence = lastAttempt.message ?? closedSentences[lastAttempt.outcome] ?? ''
  return { ...closed, tone, label, sentence }
}

const closedSentences: Readonly<Record<string, string>> = {
  succeeded: 'Everything that was to be sent has arrived.',
  nothing_to_do: 'The other side has the present state.',
}

function objectView(object: ExternalObjectState): ObjectView {
  return {
    title: objectTitle(object),
    href: externalHref(object.href),
    sentAt: object.sentAt,
    note: objectNotes[object.state],
  }
}

const objectNotes: Readonly<Record<ExternalObjectState['state'], string | null>> = {
  present: null,
  deleted: 'deleted there',
  orphaned: 'left behind: the record now has another identity',
  erased: 'erased',
}

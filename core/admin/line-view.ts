// A line as a view shows it: names instead of ids, words instead of states. Made for a whole page at once.

import type { Activation } from '../connections/activation.ts'
import type { Catalog } from '../registry/catalog.ts'
import type { User } from '../sdk/user.ts'
import type { ConnectionRecord } from './connections/connection-records.ts'
import { describeLine, type LineWords } from './line-words.ts'
import type { Line } from './lines.ts'
import { createPluginGates } from './plugin-gates.ts'
import { scopeWords } from './scopes.ts'
import { type SourceRecords, subjectKey } from './source-records.ts'
import { triggerWords } from './trigger-words.ts'

export interface LineView {
  jobId: string
  model: string
  id: string
  modelLabel: string
  label: string
  stream: string
  scope: string
  scopeText: string
  connection: { id: string; name: string; providerName: string }
  words: LineWords
  /** Why it is to be sent, newest reason last. */
  triggers: readonly { text: string; at: string }[]
  since: Date
  canOperate: boolean
}

export interface LineViewsOptions {
  catalog: Pick<Catalog, 'provider'>
  activation: Pick<Activation, 'isActive'>
  records: SourceRecords
  connections: readonly ConnectionRecord[]
  user: User
  now: Date
}

const defaultMaxAttempts = 5

export async function lineViews(lines: readonly Line[], options: LineViewsOptions): Promise<readonly LineView[]> {
  const { catalog, records, user, now } = options
  const connectionById = new Map(options.connections.map((connection) => [connection.id, connection]))
  const gates = createPluginGates(options)
  const labels = await records.labels(lines.map((line) => ({ model: line.sourceModel, id: line.sourceId })))
  const views = await Promise.all(
    lines.map(async (line) => {
      const connection = connectionById.get(line.connectionId)
      // Deleted between two queries.
      if (!connection) return []
      const maxAttempts =
        catalog.provider(connection.provider, connection.providerVersion)?.provider.maxAttempts ?? defaultMaxAttempts
      const pluginGate = await gates.of(connection, line.scope)
      const subject = { model: line.sourceModel, id: line.sourceId }
      return {
        jobId: line.jobId,
        ...subject,
        modelLabel: records.modelLabel(line.sourceModel),
        label: labels.get(subjectKey(subject)) ?? line.sourceId,
        stream: line.stream,
        scope: line.scope,
        scopeText: scopeWords(line.scope),
        connection: { id: connection.id, name: connection.name, providerName: connection.providerName },
        words: describeLine(line, { connection, pluginGate, maxAttempts, now }),
        triggers: line.triggers.map((trigger) => ({ text: triggerWords(trigger), at: trigger.at })),
        since: line.since,
        canOperate: user.can('operate', line.scope),
      }
    }),
  )
  return views.flat()
}

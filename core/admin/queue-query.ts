// The filter of the sync queue as it stands in an address or a form, and the lines it means: the same for the list and for
// "all that match". What a person may not see matches nothing.
import type { Database } from '../database/transaction.ts'
import { type AttentionReason, attentionReasons } from '../queue/job-states.ts'
import { type LineFilter, type LineSelection, lineFilters } from '../queue/line-filters.ts'
import type { Catalog } from '../registry/catalog.ts'
import type { User } from '../sdk/user.ts'
import { type ConnectionRecord, isUuid } from './connections/connection-records.ts'
import { outcomeWords } from './outcome-words.ts'
import { jobScopes, scopeWords } from './scopes.ts'
import type { FoundRecord, SourceRecords } from './source-records.ts'

export const filterLabels: Readonly<Record<LineFilter, string>> = {
  needs_attention: 'Needs attention',
  retrying: 'Trying again',
  waiting: 'Waiting',
  held: 'Held at the connection',
  in_flight: 'Being sent',
  submitted: 'Waiting for the answer',
}
const maxSearchLength = 200
const noConnection = '00000000-0000-0000-0000-000000000000'

/** The fields as an address carries them; empty texts are left out of one. */
export interface QueueFields {
  state: string
  reason: string
  connection: string
  scope: string
  q: string
}

export interface QueueSelection {
  fields: QueueFields
  selection: LineSelection
  connection: ConnectionRecord | null
  /** The records that the search found and that may be seen. */
  found: readonly FoundRecord[]
  /** The filter as a person reads it, one part a field. */
  words: readonly string[]
}

export const reasonLabel = (reason: AttentionReason): string => outcomeWords(reason).label

export async function readQueueQuery(
  read: (name: string) => string | undefined,
  {
    database,
    catalog,
    records,
    connections,
    user,
  }: {
    database: Database
    catalog: Pick<Catalog, 'sourceModels'>
    records: SourceRecords
    connections: readonly ConnectionRecord[]
    user: User
  },
): Promise<QueueSelection> {
  const given = read('state')
  const reason = attentionReasons.find((name) => name === read('reason')) ?? null
  // A reason belongs to what needs attention, whatever else the address says.
  const filter = reason ? 'needs_attention' : (lineFilters.find((name) => name === given) ?? null)
  const wanted = read('connection')
  const connection = connections.find(({ id }) => isUuid(wanted) && id === wanted.toLowerCase()) ?? null
  const search = (read('q') ?? '').trim().slice(0, maxSearchLength)
  const scope = (read('scope') ?? '').trim().slice(0, 500).replaceAll('\0', '')
  const found = search ? (await records.search(search)).filter((record) => user.can('view', record.scope)) : []
  const scopes = await jobScopes(database, database.schema, { user, permission: 'view', within: scope })
  return {
    fields: {
      state: filter ?? '',
      reason: reason ?? '',
      connection: connection?.id ?? (wanted ? noConnection : ''),
      scope,
      q: search,
    },
    connection,
    found,
    selection: {
      filter,
      reason,
      // One that is gone matches nothing; were it left out, "all that match" would be all of all connections.
      connectionId: connection?.id ?? (wanted ? noConnection : null),
      scope,
      scopes: scopes?.allowed ?? null,
      subjects: search ? [...found, ...catalog.sourceModels().map(({ name }) => ({ model: name, id: search }))] : null,
    },
    words: [
      filter ? filterLabels[filter] : 'Any state',
      ...(reason ? [reasonLabel(reason)] : []),
      connection ? `to ${connection.name}` : wanted ? 'to a connection that is gone' : 'to any connection',
      scopeWords(scope),
      ...(search ? [`record “${search}”`] : []),
    ],
  }
}

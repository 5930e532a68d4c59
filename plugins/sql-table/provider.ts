// Tables of another PostgreSQL as a remote system: each object is a row, found by a column that is unique.
import {
  assignProperties,
  type ExternalObjectType,
  MappingError,
  OutboundSyncProvider,
  type ProviderContext,
  type ProviderLimits,
  type RemoteObject,
  type RemoteObjectQuery,
  SyncConfigError,
  type SyncObjectArgs,
  type SyncObjectResult,
  z,
} from '../../core/sdk/index.ts'
import { defaultMappings } from './default-mappings.ts'
import { columnOf, deleteRow, findRow, insertRow, type Row, type Target, updateRow, type Values } from './rows.ts'
import { createSessions, type Sessions } from './sessions.ts'
import { type SqlTableSettings, settingsSchema } from './settings.ts'
import { readTables, type Table, toObjectTypes } from './tables.ts'

/** A list that goes into a column for text is joined by it, and appending to such a column splits by it. */
const listJoiner = ','
// Each round loses only to another writer that inserted or deleted the same row meanwhile.
const maxRounds = 5

const serverSchema = z.tuple([z.object({ server_version: z.string() })])

export class SqlTableSync extends OutboundSyncProvider<SqlTableSettings> {
  static override readonly identifier = 'sql-table'
  static override readonly version = '1.0.0'
  static override readonly displayName = 'SQL table (PostgreSQL)'
  static override readonly settings = settingsSchema
  static override readonly accountSettings = ['host', 'port', 'database', 'schema']
  static override readonly listFieldJoiner = listJoiner
  static override readonly defaultMappings = defaultMappings
  static override readonly canChangeIdentity = true
  static override readonly limits: ProviderLimits = { concurrency: 4, objectTimeoutMs: 30_000 }

  readonly #sessions: Sessions
  #tables: Promise<ReadonlyMap<string, Table>> | null = null

  constructor(context: ProviderContext<SqlTableSettings>) {
    super(context)
    this.#sessions = createSessions(context)
  }

  override async discoverObjectTypes({ signal }: { signal: AbortSignal }): Promise<readonly ExternalObjectType[]> {
    return toObjectTypes(await this.#readTables(signal))
  }

  override async syncObjectWithProperties(args: SyncObjectArgs): Promise<SyncObjectResult | null> {
    const { externalObjectType, mode } = args.mapping
    const { table, idField } = await this.#locate(externalObjectType, args.externalIdField, args.signal)
    const doing = `Writing the row of "${externalObjectType}" with ${idField} "${args.idValue}"`
    return this.#sessions.transaction({ doing, signal: args.signal }, async (client) => {
      const target = this.#target(client, table, idField)
      for (let round = 1; round <= maxRounds; round += 1) {
        const row = await findKnown(target, args, mode === 'upsert' || mode === 'update')
        if (row && mode === 'create') return { action: 'nothing_to_do', remoteId: row.key }
        if (row) return change(target, args, row)
        if (mode === 'update') return null
        const values = { ...assign(args, {}, true), [idField]: args.idValue }
        const key = await insertRow(target, columnOf(table, idField), values)
        if (key !== null) return { action: 'created', remoteId: key, externalLinkDisplayName: args.idValue }
      }
      throw new MappingError(
        `${doing} failed: it is there and cannot be seen. Look for a row level security policy of the table.`,
      )
    })
  }

  override async readObject(query: RemoteObjectQuery): Promise<RemoteObject | null> {
    const { table, idField } = await this.#locate(query.externalObjectType, query.externalIdField, query.signal)
    const doing = `Reading the row of "${table.name}" with ${idField} "${query.idValue}"`
    return this.#sessions.transaction({ doing, signal: query.signal }, async (client) => {
      const row = await findKnown(this.#target(client, table, idField), query, false)
      return row && { remoteId: row.key, values: row.values }
    })
  }

  override async deleteObject(query: RemoteObjectQuery): Promise<SyncObjectResult> {
    const { table, idField } = await this.#locate(query.externalObjectType, query.externalIdField, query.signal)
    const doing = `Deleting the row of "${table.name}" with ${idField} "${query.idValue}"`
    return this.#sessions.transaction({ doing, signal: query.signal }, async (client) => {
      const target = this.#target(client, table, idField)
      const remoteId = query.known?.remoteId ?? null
      const place =
        remoteId === null
          ? { column: columnOf(table, idField), value: query.idValue }
          : { column: target.keyColumn, value: remoteId }
      const isDeleted = await deleteRow(target, place)
      return { action: isDeleted ? 'deleted' : 'nothing_to_do', remoteId: remoteId ?? query.idValue }
    })
  }

  override async testConnection({ signal }: { signal: AbortSignal }): Promise<{ message: string }> {
    const { host, port, database, schema, user } = this.context.settings
    const doing = `Reading the tables of the schema "${schema}"`
    return this.#sessions.transaction({ doing, signal }, async (client) => {
      const [{ server_version }] = serverSchema.parse((await client.query('show server_version')).rows)
      const names = toObjectTypes(await readTables(client, schema)).map(({ name }) => name)
      if (names.length === 0) {
        throw new SyncConfigError(
          `PostgreSQL ${server_version} on ${host}:${port} answered, but the schema "${schema}" of "${database}" has no table with a unique column that "${user}" may read and write. Create one, or grant select, insert and update on it.`,
        )
      }
      const shown = names.slice(0, 10).join(', ')
      const more = names.length > 10 ? ` and ${names.length - 10} more` : ''
      return {
        message: `PostgreSQL ${server_version} on ${host}:${port} answered. The schema "${schema}" of "${database}" has the tables ${shown}${more}.`,
      }
    })
  }

  override close(): Promise<void> {
    return this.#sessions.close()
  }

  // Once for a batch. After a failure the next object asks again.
  #readTables(signal: AbortSignal): Promise<ReadonlyMap<string, Table>> {
    const { schema } = this.context.settings
    const doing = `Reading the tables of the schema "${schema}"`
    this.#tables ??= this.#sessions
      .transaction({ doing, signal }, (client) => readTables(client, schema))
      .catch((error: unknown) => {
        this.#tables = null
        throw error
      })
    return this.#tables
  }

  async #locate(name: string, idField: string, signal: AbortSignal): Promise<{ table: Table; idField: string }> {
    const table = (await this.#readTables(signal)).get(name)
    if (!table) {
      throw new MappingError(
        `The schema "${this.context.settings.schema}" has no table "${name}" that the user of the connection may read and write. Create it or grant it, or choose another one in the mapping.`,
      )
    }
    if (table.idColumns.includes(idField)) return { table, idField }
    throw new MappingError(
      `A row of "${name}" cannot be found by "${idField}": the column has no unique index of its own. Add one, or match on ${table.idColumns.join(' or ') || 'another table'}.`,
    )
  }

  #target(client: Target['client'], table: Table, idField: string): Target {
    const { schema } = this.context.settings
    return { client, schema, table, keyColumn: columnOf(table, table.keyColumn ?? idField) }
  }
}

// By its identifying value first: when another row has it, that one is meant. Else the row we know under its old value.
async function findKnown(
  target: Target,
  { externalIdField, idValue, known }: Pick<SyncObjectArgs, 'externalIdField' | 'idValue' | 'known'>,
  isLocked: boolean,
): Promise<Row | null> {
  const row = await findRow(target, { column: columnOf(target.table, externalIdField), value: idValue }, isLocked)
  if (row || !known?.remoteId) return row
  return findRow(target, { column: target.keyColumn, value: known.remoteId }, isLocked)
}

async function change(target: Target, args: SyncObjectArgs, row: Row): Promise<SyncObjectResult> {
  const values = { ...assign(args, row.values, false), [args.externalIdField]: args.idValue }
  const key = await updateRow(target, row.key, values)
  return {
    action: key === null ? 'nothing_to_do' : 'updated',
    remoteId: key ?? row.key,
    externalLinkDisplayName: args.idValue,
  }
}

function assign(args: SyncObjectArgs, oldValues: Values, isNew: boolean): Values {
  return assignProperties(args.properties, oldValues, { isNew, listSeparator: listJoiner })
}

// The mapping tests of a connection, as they are stored: a record as its fields were, and what the mappings are to make of
// it, which is nothing until somebody has accepted it.
import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { isStorableText, toStoredJson } from '../database/stored-json.ts'
import type { Database, SqlSession } from '../database/transaction.ts'
import { writeAuditEntry } from '../database/write-audit-entry.ts'
import { SyncConfigError, TransitionError } from '../errors.ts'
import { type Expectation, expectationSchema } from '../mapping/test-differences.ts'
import { type TestRecord, testRecordSchema } from '../mapping/test-record.ts'

/** What a test was last seen green with: a test that turns red with others was turned by them. */
export interface TestedVersions {
  providerVersion: string
  pluginVersion: string
}

export interface MappingTest {
  id: string
  connectionId: string
  name: string
  record: TestRecord
  /** What people wrote was made unreadable before it was stored. */
  isMasked: boolean
  author: string
  createdAt: Date
  /** Null until somebody has accepted what the mappings make. */
  accepted: { expectation: Expectation; by: string; at: Date } | null
  green: TestedVersions | null
}

export interface TestChange {
  connectionId: string
  id: string
  actor: string
}

export interface MappingTests {
  /** By name. */
  list(connectionId: string): Promise<readonly MappingTest[]>
  find(connectionId: string, id: string): Promise<MappingTest | null>
  /** Throws a SyncConfigError for a name that is empty, too long or taken. */
  add(request: {
    connectionId: string
    name: string
    record: TestRecord
    isMasked: boolean
    actor: string
  }): Promise<{ id: string }>
  /** From now on this is right. Throws a SyncConfigError where it is too much to keep. */
  accept(request: TestChange & { expectation: Expectation; versions: TestedVersions }): Promise<void>
  remove(request: TestChange): Promise<void>
  /** Of these connections the accepted tests that were last green with other versions than theirs, at most so many. */
  outdated(
    connections: readonly ({ connectionId: string } & TestedVersions)[],
    options: { limit: number },
  ): Promise<readonly MappingTest[]>
  recordGreen(ids: readonly string[], versions: TestedVersions): Promise<void>
}

/** All of them are run whenever a list is looked at. */
export const maxTests = 50
const maxExpectation = 1_000_000

const nameSchema = z
  .string()
  .refine(isStorableText, 'The name must not hold a NUL character.')
  .trim()
  .min(1, 'Enter a name.')
  .max(200, 'The name must have at most 200 characters.')

export function createMappingTests({ database }: { database: Database }): MappingTests {
  const { schema } = database
  const columns = `id, connection_id, name, record, is_masked, author, created_at, expectation, accepted_by, accepted_at,
    green_provider_version, green_plugin_version`

  /** Under the lock of the connection's row; the name of who changes it stands in the audit. */
  function change<Result>(
    { connectionId, actor }: Pick<TestChange, 'connectionId' | 'actor'>,
    write: (session: SqlSession, audit: (action: string, facts: Changed) => Promise<void>) => Promise<Result>,
  ): Promise<Result> {
    return database.transaction(async (session) => {
      const { rows } = await session.executeSql<{ scope: string }>(
        `select scope from ${schema}.connection where id = $1 and state <> 'deleted' for no key update`,
        [connectionId],
      )
      const [connection] = rows
      if (!connection) throw new TransitionError('This connection does not exist any more.')
      return write(session, (action, { before, after }) =>
        writeAuditEntry(session, schema, {
          actor,
          action: `mapping_test.${action}`,
          scope: connection.scope,
          target: `connection:${connectionId}`,
          before,
          after,
        }),
      )
    })
  }

  return Object.freeze({
    async list(connectionId) {
      const { rows } = await database.executeSql<TestRow>(
        `select ${columns} from ${schema}.mapping_test where connection_id = $1 order by name, id`,
        [connectionId],
      )
      return rows.map(toTest)
    },

    async find(connectionId, id) {
      // Compared as text, because an id in an address may be anything.
      const { rows } = await database.executeSql<TestRow>(
        `select ${columns} from ${schema}.mapping_test where connection_id = $1 and id::text = lower($2)`,
        [connectionId, id],
      )
      return rows[0] ? toTest(rows[0]) : null
    },

    add: ({ connectionId, record, isMasked, actor, ...given }) =>
      change({ connectionId, actor }, async (session, audit) => {
        const parsed = nameSchema.safeParse(given.name)
        if (!parsed.success) throw new SyncConfigError(parsed.error.issues[0]?.message ?? 'Enter a name.')
        const name = parsed.data
        const { rows } = await session.executeSql<{ name: string }>(
          `select name from ${schema}.mapping_test where connection_id = $1`,
          [connectionId],
        )
        if (rows.some((row) => row.name === name)) {
          throw new SyncConfigError(`A test of this connection is called "${name}" already. Choose another name.`)
        }
        if (rows.length >= maxTests) {
          throw new SyncConfigError(
            `This connection has ${rows.length} tests, and more than ${maxTests} are not kept. Delete one first.`,
          )
        }
        const id = randomUUID()
        await session.executeSql(
          `insert into ${schema}.mapping_test (id, connection_id, name, record, is_masked, author)
           values ($1, $2, $3, $4, $5, $6)`,
          [id, connectionId, name, toStoredJson(record), isMasked, actor],
        )
        await audit('created', { before: null, after: { test: id, name, sourceModel: record.model, isMasked } })
        return { id }
      }),

    accept: ({ connectionId, id, actor, expectation, versions }) =>
      change({ connectionId, actor }, async (session, audit) => {
        const json = toStoredJson(expectation)
        if (json.length > maxExpectation) {
          throw new SyncConfigError(
            `What is made has ${json.length} characters, and a test expects at most ${maxExpectation}. Make the test of a smaller record.`,
          )
        }
        const { rows } = await session.executeSql<{ name: string }>(
          `update ${schema}.mapping_test set expectation = $3, accepted_by = $4, accepted_at = now(),
             green_provider_version = $5, green_plugin_version = $6
           where connection_id = $1 and id = $2 returning name`,
          [connectionId, id, json, actor, versions.providerVersion, versions.pluginVersion],
        )
        const [test] = rows
        if (!test) throw gone()
        await audit('accepted', { before: null, after: { test: id, name: test.name, ...versions } })
      }),

    remove: ({ connectionId, id, actor }) =>
      change({ connectionId, actor }, async (session, audit) => {
        const { rows } = await session.executeSql<{ name: string }>(
          `delete from ${schema}.mapping_test where connection_id = $1 and id = $2 returning name`,
          [connectionId, id],
        )
        const [test] = rows
        if (!test) throw gone()
        await audit('deleted', { before: { test: id, name: test.name }, after: null })
      }),

    async outdated(connections, { limit }) {
      if (connections.length === 0) return []
      const { rows } = await database.executeSql<TestRow>(
        `select ${columns} from ${schema}.mapping_test t
         join unnest($1::uuid[], $2::text[], $3::text[]) as now (at, provider_version, plugin_version)
           on t.connection_id = now.at
         where t.expectation is not null and (t.green_provider_version, t.green_plugin_version)
           is distinct from (now.provider_version, now.plugin_version)
         order by t.connection_id, t.name limit $4`,
        [
          connections.map(({ connectionId }) => connectionId),
          connections.map(({ providerVersion }) => providerVersion),
          connections.map(({ pluginVersion }) => pluginVersion),
          limit,
        ],
      )
      return rows.map(toTest)
    },

    async recordGreen(ids, { providerVersion, pluginVersion }) {
      if (ids.length === 0) return
      await database.executeSql(
        `update ${schema}.mapping_test set green_provider_version = $2, green_plugin_version = $3
         where id = any($1::uuid[])`,
        [ids, providerVersion, pluginVersion],
      )
    },
  } satisfies MappingTests)
}

interface Changed {
  before: Record<string, unknown> | null
  after: Record<string, unknown> | null
}

interface TestRow {
  id: string
  connection_id: string
  name: string
  record: unknown
  is_masked: boolean
  author: string
  created_at: Date
  expectation: unknown
  accepted_by: string | null
  accepted_at: Date | null
  green_provider_version: string | null
  green_plugin_version: string | null
}

function toTest(row: TestRow): MappingTest {
  const { accepted_by: by, accepted_at: at } = row
  const { green_provider_version: providerVersion, green_plugin_version: pluginVersion } = row
  return {
    id: row.id,
    connectionId: row.connection_id,
    name: row.name,
    record: testRecordSchema.parse(row.record),
    isMasked: row.is_masked,
    author: row.author,
    createdAt: row.created_at,
    accepted: by !== null && at !== null ? { expectation: expectationSchema.parse(row.expectation), by, at } : null,
    green: providerVersion !== null && pluginVersion !== null ? { providerVersion, pluginVersion } : null,
  }
}

const gone = (): TransitionError => new TransitionError('This test was deleted meanwhile. Nothing was changed.')

// What a person does to the definition of a provider: drafts it, publishes a version, which then never changes any more,
// deprecates and retires it. Each is one transaction with its audit entry.
import { z } from 'zod'
import { isStorableJson } from '../database/stored-json.ts'
import type { Database, SqlSession } from '../database/transaction.ts'
import { writeAuditEntry } from '../database/write-audit-entry.ts'
import { SyncConfigError, TransitionError } from '../errors.ts'
import type { Catalog } from '../registry/catalog.ts'
import { buildDefinition, type DefinitionState } from '../registry/definitions.ts'

export interface DefinitionKey {
  identifier: string
  version: string
}

type KindCatalog = Pick<Catalog, 'definitionKinds' | 'codedPlugin'>

const keySchema = z.object({
  identifier: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,63}$/, 'must begin with a letter and have lower-case letters, digits and - only'),
  version: z
    .string()
    .max(64)
    .regex(/^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)$/, 'must be three numbers such as 1.0.0'),
})

/**
 * Keeps what was typed so far, whether or not it can be published already; only identifier and version must be good.
 * @returns the key it is kept under
 */
export async function saveDraft(
  { database, catalog }: { database: Database; catalog: KindCatalog },
  {
    kind,
    definition,
    replaces,
    actor,
  }: {
    kind: string
    definition: unknown
    /** The draft it was opened as, and what it was then. */
    replaces: (DefinitionKey & { revision: string }) | null
    actor: string
  },
): Promise<DefinitionKey> {
  const parsed = keySchema.safeParse(definition)
  if (!parsed.success)
    throw new SyncConfigError(parsed.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`).join('; '))
  if (!isStorableJson(definition))
    throw new SyncConfigError('The definition holds a NUL character or half a character.')
  const key = parsed.data
  const { schema } = database
  await database.transaction(async (session) => {
    await assertFree(session, { schema, catalog, key, kind, replaces })
    if (replaces) {
      const { rows } = await session.executeSql(
        `update ${schema}.provider_definition set identifier = $1, version = $2, definition = $3, updated_at = clock_timestamp()
         where identifier = $4 and version = $5 and state = 'draft' and updated_at::text = $6 returning 1 as one`,
        [
          key.identifier,
          key.version,
          JSON.stringify(definition),
          replaces.identifier,
          replaces.version,
          replaces.revision,
        ],
      )
      if (rows.length === 0) {
        throw new TransitionError(
          'This draft was changed or published by somebody else meanwhile. Open it again to see what it is now.',
        )
      }
    } else {
      await session.executeSql(
        `insert into ${schema}.provider_definition (identifier, version, kind, definition) values ($1, $2, $3, $4)`,
        [key.identifier, key.version, kind, JSON.stringify(definition)],
      )
    }
    await audit(session, schema, {
      key,
      actor,
      action: replaces ? 'provider.draft_changed' : 'provider.drafted',
      before: replaces && { identifier: replaces.identifier, version: replaces.version },
      after: key,
    })
  })
  return key
}

async function assertFree(
  session: SqlSession,
  {
    schema,
    catalog,
    key,
    kind,
    replaces,
  }: { schema: string; catalog: KindCatalog; key: DefinitionKey; kind: string; replaces: DefinitionKey | null },
): Promise<void> {
  const coded = catalog.codedPlugin(key.identifier)
  if (coded)
    throw new SyncConfigError(
      `identifier is taken: the plugin "${coded.name}" brings a provider "${key.identifier}". Choose another one`,
    )
  const { rows } = await session.executeSql<DefinitionKey & { kind: string; state: string }>(
    `select identifier, version, kind, state from ${schema}.provider_definition where identifier = $1`,
    [key.identifier],
  )
  const isItself = (row: DefinitionKey) => replaces?.identifier === row.identifier && replaces.version === row.version
  const other = rows.find((row) => row.kind !== kind)
  if (other)
    throw new SyncConfigError(
      `identifier is taken: "${key.identifier}" is a provider of the kind ${other.kind}. Choose another one`,
    )
  const same = rows.find((row) => row.version === key.version && !isItself(row))
  if (same)
    throw new SyncConfigError(
      `version ${key.version} of "${key.identifier}" exists already (${same.state}). Choose another version`,
    )
}

/** From now on it can be connected to, and never changes. */
export async function publishDefinition(
  { database, catalog }: { database: Database; catalog: KindCatalog },
  { identifier, version, actor }: DefinitionKey & { actor: string },
): Promise<void> {
  const { schema } = database
  await database.transaction(async (session) => {
    const row = await lock(session, schema, { identifier, version })
    if (row.state !== 'draft')
      throw new TransitionError(`Version ${version} is ${row.state}, and only a draft can be published.`)
    const kind = catalog.definitionKinds.find((one) => one.kind.kind === row.kind)?.kind
    if (!kind)
      throw new SyncConfigError(
        `No loaded plugin brings definitions of the kind "${row.kind}". Add its plugin to the list of plugins.`,
      )
    const codedPlugin = catalog.codedPlugin(identifier)?.name ?? null
    const { problem } = buildDefinition({ identifier, version, definition: row.definition }, { kind, codedPlugin })
    if (problem !== null) throw new SyncConfigError(problem)
    // With the defaults of today, so that those of a later program change nothing.
    const parsed: unknown = kind.schema.parse(row.definition)
    await session.executeSql(
      `update ${schema}.provider_definition set state = 'active', definition = $3, updated_at = clock_timestamp() where identifier = $1 and version = $2`,
      [identifier, version, JSON.stringify(parsed)],
    )
    await audit(session, schema, {
      key: { identifier, version },
      actor,
      action: 'provider.published',
      before: { state: 'draft' },
      after: { state: 'active' },
    })
  })
}

const moves = {
  deprecate: { from: ['active'], to: 'deprecated', action: 'provider.deprecated' },
  reactivate: { from: ['deprecated'], to: 'active', action: 'provider.reactivated' },
  retire: { from: ['active', 'deprecated'], to: 'retired', action: 'provider.retired' },
} as const
export type DefinitionMove = keyof typeof moves
const definitionMoves = Object.keys(moves) as readonly DefinitionMove[]
export const movesFrom = (state: DefinitionState): readonly DefinitionMove[] =>
  definitionMoves.filter((move) => moves[move].from.some((one) => one === state))

export async function moveDefinition(
  database: Database,
  { identifier, version, move, actor }: DefinitionKey & { move: DefinitionMove; actor: string },
): Promise<void> {
  const { schema } = database
  const { from, to, action } = moves[move]
  await database.transaction(async (session) => {
    const { state } = await lock(session, schema, { identifier, version })
    if (!from.some((one) => one === state))
      throw new TransitionError(`Cannot ${move} version ${version} of "${identifier}": it is ${state}.`)
    await session.executeSql(
      `update ${schema}.provider_definition set state = $3, updated_at = clock_timestamp() where identifier = $1 and version = $2`,
      [identifier, version, to],
    )
    await audit(session, schema, {
      key: { identifier, version },
      actor,
      action,
      before: { state },
      after: { state: to },
    })
  })
}

export async function deleteDraft(
  database: Database,
  { identifier, version, actor }: DefinitionKey & { actor: string },
): Promise<void> {
  const { schema } = database
  await database.transaction(async (session) => {
    const { state, definition } = await lock(session, schema, { identifier, version })
    if (state !== 'draft')
      throw new TransitionError(`Version ${version} of "${identifier}" is ${state}, and only a draft can be deleted.`)
    await session.executeSql(`delete from ${schema}.provider_definition where identifier = $1 and version = $2`, [
      identifier,
      version,
    ])
    await audit(session, schema, {
      key: { identifier, version },
      actor,
      action: 'provider.draft_deleted',
      before: definition,
      after: null,
    })
  })
}

async function lock(
  session: SqlSession,
  schema: string,
  { identifier, version }: DefinitionKey,
): Promise<{ kind: string; state: DefinitionState; definition: unknown }> {
  const { rows } = await session.executeSql<{ kind: string; state: DefinitionState; definition: unknown }>(
    `select kind, state, definition from ${schema}.provider_definition where identifier = $1 and version = $2 for update`,
    [identifier, version],
  )
  if (rows[0]) return rows[0]
  throw new TransitionError(`There is no version ${version} of "${identifier}" any more.`)
}

const audit = (
  session: SqlSession,
  schema: string,
  {
    key,
    actor,
    action,
    before,
    after,
  }: { key: DefinitionKey; actor: string; action: string; before: unknown; after: unknown },
): Promise<void> =>
  writeAuditEntry(session, schema, {
    actor,
    action,
    scope: '',
    target: `provider:${key.identifier}/${key.version}`,
    before,
    after,
  })

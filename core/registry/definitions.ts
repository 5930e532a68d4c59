// Providers that are data: reads the table of definitions and keeps the catalog in step with it, in every process and
// without a restart. What is no draft any more never changes, so each version is built once.
import { z } from 'zod'
import type { Database } from '../database/transaction.ts'
import type { DefinitionKind } from '../sdk/definition-kind.ts'
import type { Log } from '../sdk/log.ts'
import type { Plugin } from '../sdk/plugin.ts'
import type { ProviderClass } from '../sdk/provider.ts'
import type { Catalog, DefinedProvider } from './catalog.ts'
import { checkProvider } from './check-provider.ts'
import { reasonOf } from './loaded-plugin.ts'
import { unusableProvider } from './unusable-provider.ts'

export const definitionStates = ['draft', 'active', 'deprecated', 'retired'] as const
export type DefinitionState = (typeof definitionStates)[number]

export interface Definitions {
  /** Reads the table, unless that was done less than so long ago. */
  refresh(options?: { maxAgeMs?: number }): Promise<void>
}

interface DefinitionRow {
  identifier: string
  version: string
  kind: string
  state: Exclude<DefinitionState, 'draft'>
  /** Null for one that was read before. */
  definition: unknown
}

interface Built {
  plugin: Plugin
  provider: ProviderClass
  problem: string | null
}

export function createDefinitions({
  database,
  catalog,
  log,
}: {
  database: Database
  catalog: Pick<Catalog, 'definitionKinds' | 'setDefined' | 'codedPlugin'>
  log: Log
}): Definitions {
  const built = new Map<string, Built>()
  let readAt = Number.NEGATIVE_INFINITY
  let reading: Promise<void> | null = null

  async function read(): Promise<void> {
    const startedAt = performance.now()
    const known = [...built.keys()].map((key) => key.split('\n'))
    const { rows } = await database.executeSql<DefinitionRow>(
      `select d.identifier, d.version, d.kind, d.state, case when known.identifier is null then d.definition end as definition
       from ${database.schema}.provider_definition d
       left join unnest($1::text[], $2::text[]) as known (identifier, version) using (identifier, version)
       where d.state <> 'draft' and d.kind = any ($3::text[])
       order by d.identifier, d.version`,
      [
        known.map(([identifier]) => identifier),
        known.map(([, version]) => version),
        catalog.definitionKinds.map(({ kind }) => kind.kind),
      ],
    )
    catalog.setDefined(rows.flatMap(toDefined))
    readAt = startedAt
  }

  function toDefined(row: DefinitionRow): DefinedProvider[] {
    const key = `${row.identifier}\n${row.version}`
    const owner = catalog.definitionKinds.find(({ kind }) => kind.kind === row.kind)
    if (!owner) return []
    const one = built.get(key) ?? build(row, owner)
    built.set(key, one)
    const retired =
      row.state === 'retired'
        ? `Version ${row.version} of the provider "${row.identifier}" was retired. Move the connection to another version.`
        : null
    return [{ provider: one.provider, plugin: one.plugin, state: row.state, problem: one.problem ?? retired }]
  }

  function build(row: DefinitionRow, { plugin, kind }: { plugin: Plugin; kind: DefinitionKind }): Built {
    const { identifier, version } = row
    const { provider, problem } = buildDefinition(row, {
      kind,
      codedPlugin: catalog.codedPlugin(identifier)?.name ?? null,
    })
    if (provider) return { plugin, provider, problem: null }
    log.error({ provider: identifier, version, error: problem }, 'A provider definition cannot be used')
    return { plugin, provider: unusableProvider({ identifier, version, displayName: identifier, problem }), problem }
  }

  return Object.freeze({
    async refresh({ maxAgeMs = 0 } = {}) {
      if (catalog.definitionKinds.length === 0) return
      if (maxAgeMs > 0 && performance.now() - readAt < maxAgeMs) return
      // One that began before may have missed what its caller has just written.
      if (maxAgeMs === 0) await reading?.catch(() => undefined)
      reading ??= read().finally(() => {
        reading = null
      })
      await reading
    },
  } satisfies Definitions)
}

/** The class, or a sentence that says why there is none. */
export function buildDefinition(
  { identifier, version, definition }: { identifier: string; version: string; definition: unknown },
  { kind, codedPlugin }: { kind: DefinitionKind; codedPlugin: string | null },
): { provider: ProviderClass; problem: null } | { provider: null; problem: string } {
  const refused = (reason: string) => ({
    provider: null,
    problem: `Version ${version} of the provider "${identifier}" cannot be used: ${reason}`,
  })
  if (codedPlugin !== null) {
    return refused(
      `the plugin "${codedPlugin}" brings a provider of this name. Take that plugin out of the list, or make the definition anew under another identifier.`,
    )
  }
  try {
    const provider = kind.build(definition)
    if (provider.identifier !== identifier || provider.version !== version) {
      return refused(
        `it says that it is version ${provider.version} of "${provider.identifier}". Make a new version of it.`,
      )
    }
    const problem = checkProvider(provider)
    return problem === null ? { provider, problem: null } : refused(`it ${problem}. Make a new version of it.`)
  } catch (error) {
    const issues =
      error instanceof z.ZodError
        ? error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
        : [reasonOf(error)]
    return refused(`${issues.slice(0, 5).join('; ')}. Make a new version that corrects it.`)
  }
}

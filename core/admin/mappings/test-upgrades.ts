// What another version of a provider or of its plugin does to mapping tests: told before a connection is moved to it, and
// on the pages of the connection when it runs with it.
import type { MappingTests, TestedVersions } from '../../connections/mapping-tests.ts'
import type { Mappings } from '../../connections/mappings.ts'
import type { Catalog, CatalogProvider } from '../../registry/catalog.ts'
import type { MappingDocument } from '../../sdk/mapping.ts'
import { judgeTests, runMappingTests } from './test-runs.ts'

/** So many are run for one look at a page; the rest at the next one. */
const testsAtOnce = 100

export const versionsOf = ({ provider, plugin }: CatalogProvider): TestedVersions => ({
  providerVersion: provider.version,
  pluginVersion: plugin.version,
})

/** Those that would be red if the connection were moved to this version; null when it has no tests that expect something. */
export async function testsWithVersion(
  { mappings, mappingTests }: { mappings: Pick<Mappings, 'published'>; mappingTests: Pick<MappingTests, 'list'> },
  { connectionId, provider }: { connectionId: string; provider: CatalogProvider['provider'] },
): Promise<{ count: number; redNames: readonly string[] } | null> {
  const document = (await mappings.published(connectionId))?.document
  if (!document) return null
  const all = await runMappingTests({ mappingTests, connectionId, document, provider })
  const judged = all.filter(({ isAccepted }) => isAccepted)
  if (judged.length === 0) return null
  return { count: judged.length, redNames: judged.filter(({ isGreen }) => !isGreen).map(({ name }) => name) }
}

/**
 * A sentence for each connection whose tests are red with a version they were not yet seen green with. That others are
 * green with it is remembered.
 */
export async function redSinceUpgrade(
  {
    mappings,
    mappingTests,
    catalog,
  }: {
    mappings: Pick<Mappings, 'published'>
    mappingTests: Pick<MappingTests, 'outdated' | 'recordGreen'>
    catalog: Pick<Catalog, 'provider'>
  },
  connections: readonly { id: string; provider: string; providerVersion: string }[],
): Promise<ReadonlyMap<string, string>> {
  const found = new Map(
    connections.flatMap(({ id, provider, providerVersion }) => {
      const version = catalog.provider(provider, providerVersion)
      return version && !version.problem ? [[id, version] as const] : []
    }),
  )
  const asked = [...found].map(([connectionId, version]) => ({ connectionId, ...versionsOf(version) }))
  const outdated = await mappingTests.outdated(asked, { limit: testsAtOnce })
  const sentences = new Map<string, string>()
  for (const [connectionId, tests] of Map.groupBy(outdated, (test) => test.connectionId)) {
    const version = found.get(connectionId)
    const document: MappingDocument | undefined = (await mappings.published(connectionId))?.document
    if (!version || !document) continue
    const { provider } = version
    const judged = await judgeTests(tests, { document, provider })
    const greenIds = judged.filter(({ isGreen }) => isGreen).map(({ id }) => id)
    const red = tests.filter(({ id }) => !greenIds.includes(id))
    const now = versionsOf(version)
    await mappingTests.recordGreen(greenIds, now)
    if (red.length > 0) sentences.set(connectionId, redWords(version, now, red))
  }
  return sentences
}

function redWords(
  { provider, plugin }: CatalogProvider,
  now: TestedVersions,
  red: readonly { green: TestedVersions | null }[],
): string {
  const before = red.flatMap(({ green }) => green ?? [])
  // The provider's own version says more than that of the plugin around it.
  const isOfProvider = before.some(({ providerVersion }) => providerVersion !== now.providerVersion)
  const [name, version, former] = isOfProvider
    ? [provider.displayName || provider.identifier, now.providerVersion, before.map((one) => one.providerVersion)]
    : [`the plugin ${plugin.displayName ?? plugin.name}`, now.pluginVersion, before.map((one) => one.pluginVersion)]
  const last = [...new Set(former)].join(' and ')
  return red.length === 1
    ? `1 mapping test is red with version ${version} of ${name}. It was last green with ${last}.`
    : `${red.length} mapping tests are red with version ${version} of ${name}. They were last green with ${last}.`
}

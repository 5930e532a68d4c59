// The versions of its provider that a connection can be moved to: those that can be used, the newest first, and those that
// are deprecated last.
import semver from 'semver'
import type { Catalog } from '../../registry/catalog.ts'

export function otherVersions(
  catalog: Pick<Catalog, 'providers'>,
  { provider: identifier, providerVersion }: { provider: string; providerVersion: string },
): readonly string[] {
  const others = catalog
    .providers()
    .filter(({ provider }) => provider.identifier === identifier && provider.version !== providerVersion)
    .toSorted((left, right) => semver.rcompare(left.provider.version, right.provider.version))
  const [deprecated, current] = [true, false].map((is) => others.filter(({ state }) => (state === 'deprecated') === is))
  return [...(current ?? []), ...(deprecated ?? [])].map(({ provider }) => provider.version)
}

// The provider version that a connection is made for, by the names an operator or a program gave.
import semver from 'semver'
import { SyncConfigError } from '../errors.ts'
import type { Catalog, CatalogProvider } from '../registry/catalog.ts'
import { didYouMean } from '../sdk/near-name.ts'

/** @param version null takes the newest that is loaded */
export function findProvider(
  catalog: Pick<Catalog, 'provider' | 'providers'>,
  { identifier, version }: { identifier: string; version: string | null },
): CatalogProvider {
  const loaded = catalog.providers()
  const given = version === null ? null : catalog.provider(identifier, version)
  if (given?.problem) throw new SyncConfigError(given.problem)
  const known = loaded.filter(({ provider }) => provider.identifier === identifier)
  const versionsOf = (list: readonly CatalogProvider[]) =>
    list.map(({ provider }) => provider.version).sort(semver.rcompare)
  const versions = versionsOf(known)
  // One that is deprecated serves those that have it.
  const newest = versionsOf(known.filter(({ state = 'active' }) => state === 'active'))[0] ?? versions[0]
  if (newest === undefined) {
    const names = [...new Set(loaded.map(({ provider }) => provider.identifier))].sort()
    throw new SyncConfigError(
      `There is no provider "${identifier}".${didYouMean(identifier, names)} ${names.length > 0 ? `Loaded are: ${names.join(', ')}.` : 'None is loaded: add its plugin to the list of plugins.'}`,
    )
  }
  const found = catalog.provider(identifier, version ?? newest)
  if (!found) {
    throw new SyncConfigError(
      `The provider "${identifier}" is not loaded in version ${version}.${didYouMean(version ?? '', versions)} Loaded are: ${versions.join(', ')}. Load that version, or move the connection to one of these.`,
    )
  }
  return found
}

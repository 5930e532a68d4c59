// The links beside every page: ours, then those that plugins bring and the reader may open.
import type { Catalog } from '../registry/catalog.ts'
import type { Permission, User } from '../sdk/user.ts'

export interface NavigationItem {
  label: string
  path: string
  isCurrent: boolean
}

export interface Navigation {
  own: readonly NavigationItem[]
  plugins: readonly NavigationItem[]
}

const ownItems: readonly { label: string; path: string; permission?: Permission }[] = [
  { label: 'Overview', path: '/' },
  { label: 'Sync queue', path: '/queue' },
  { label: 'Connections', path: '/connections' },
  { label: 'Environments', path: '/environments', permission: 'configure' },
  { label: 'Runs', path: '/runs' },
  // Only where a plugin lets providers be made.
  { label: 'Providers', path: '/providers', permission: 'configure' },
  { label: 'Plugins', path: '/plugins' },
]

export function navigationFor({
  catalog,
  user,
  currentPath,
}: {
  catalog: Pick<Catalog, 'pages' | 'definitionKinds'>
  user: User
  /** Below the base path. */
  currentPath: string
}): Navigation {
  const brought = catalog.pages.flatMap(({ plugin, page }) =>
    page.navigation && user.can(page.permission ?? 'view', page.scope?.({}) ?? '')
      ? [{ label: page.navigation.label, path: `/${plugin.name}${page.path === '/' ? '' : page.path}` }]
      : [],
  )
  const hasKinds = catalog.definitionKinds.length > 0
  const own = ownItems.filter(
    ({ path, permission = null }) =>
      (permission === null || user.can(permission, '')) && (path !== '/providers' || hasKinds),
  )
  const all = [...own, ...brought]
  // A run's own page lies under the name of its kind.
  const opened = currentPath.replace(/^\/(backfills|audits|impacts)(?=\/|$)/, '/runs')
  // The longest path that the current one begins with: /queue also on its sub pages, / only on itself.
  const current = all
    .filter(({ path }) => opened === path || (path !== '/' && opened.startsWith(`${path}/`)))
    .sort((left, right) => right.path.length - left.path.length)[0]
  const marked = (items: readonly { label: string; path: string }[]) =>
    items.map(({ label, path }) => ({ label, path, isCurrent: path === current?.path }))
  return { own: marked(own), plugins: marked(brought) }
}

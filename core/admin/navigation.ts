// The links beside every page: ours, then those that plugins bring and the reader may open.
import type { Catalog } from '../registry/catalog.ts'
import type { User } from '../sdk/user.ts'

export interface NavigationItem {
  label: string
  path: string
  isCurrent: boolean
}

export interface Navigation {
  own: readonly NavigationItem[]
  plugins: readonly NavigationItem[]
}

const ownItems = [
  { label: 'Overview', path: '/' },
  { label: 'Sync queue', path: '/queue' },
  { label: 'Connections', path: '/connections' },
  { label: 'Runs', path: '/runs' },
  { label: 'Plugins', path: '/plugins' },
] as const

export function navigationFor({
  catalog,
  user,
  currentPath,
}: {
  catalog: Pick<Catalog, 'pages'>
  user: User
  /** Below the base path. */
  currentPath: string
}): Navigation {
  const brought = catalog.pages.flatMap(({ plugin, page }) =>
    page.navigation && user.can(page.permission ?? 'view', page.scope?.({}) ?? '')
      ? [{ label: page.navigation.label, path: `/${plugin.name}${page.path === '/' ? '' : page.path}` }]
      : [],
  )
  const all = [...ownItems, ...brought]
  // A run's own page lies under the name of its kind.
  const opened = currentPath.replace(/^\/(backfills|audits)(?=\/|$)/, '/runs')
  // The longest path that the current one begins with: /queue also on its sub pages, / only on itself.
  const current = all
    .filter(({ path }) => opened === path || (path !== '/' && opened.startsWith(`${path}/`)))
    .sort((left, right) => right.path.length - left.path.length)[0]
  const marked = (items: readonly { label: string; path: string }[]) =>
    items.map((item) => ({ ...item, isCurrent: item.path === current?.path }))
  return { own: marked(ownItems), plugins: marked(brought) }
}

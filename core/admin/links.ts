// Where a link or a redirect may lead: our own pages, pages of the host on the same origin, and http or https elsewhere.

type Query = Readonly<Record<string, string | number | null | undefined>>

/** The address of one of our pages under the path we are mounted at. Empty query values are left out. */
export function pageUrl(basePath: string, path: string, query: Query = {}): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== '') search.set(name, String(value))
  }
  return search.size > 0 ? `${basePath}${path}?${search}` : `${basePath}${path}`
}

/** An http or https address for an href, or null: `javascript:` and its relatives end here. */
export function externalHref(value: unknown): string | null {
  if (typeof value !== 'string') return null
  const url = URL.parse(value)
  if (!url || !['http:', 'https:'].includes(url.protocol)) return null
  // Who reads a link must not be misled by `https://bank.example@evil.example`.
  if (url.username || url.password) return null
  return url.href
}

const anyOrigin = 'http://origin.invalid'
// Controls and backslashes are read differently by browsers and by URL parsers: none of them is needed in a path.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const suspicious = /[\u0000-\u0020\u007f\\]/

/** A path on our own origin, fit for a Location header, or null for everything that could lead elsewhere. */
export function sameOriginPath(value: unknown): string | null {
  if (typeof value !== 'string' || value.length > 2000 || suspicious.test(value)) return null
  if (!value.startsWith('/') || value.startsWith('//')) return null
  const url = URL.parse(value, anyOrigin)
  // A path such as `/..//elsewhere` becomes one that a browser would take for a host.
  if (!url || url.origin !== anyOrigin || url.pathname.startsWith('//')) return null
  return `${url.pathname}${url.search}${url.hash}`
}

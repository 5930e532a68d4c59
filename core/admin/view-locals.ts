// What every view can use beside its own data: addresses below our path, times, numbers and the few words that depend on
// a number.
import type { Assets } from './assets.ts'
import { exactTimeTag, timeTag } from './format-time.ts'
import { type Html, markup } from './html.ts'
import { externalHref, pageUrl } from './links.ts'

export interface ViewLocals {
  /** The address of one of our pages. */
  link(path: string, query?: Readonly<Record<string, string | number | null | undefined>>): string
  /** An http or https address, or null. */
  external(href: unknown): string | null
  asset(name: string): string
  /** How long ago or until. */
  ago(at: unknown): Html
  exact(at: unknown): Html
  count(value: number): string
  plural(value: number, one: string, many: string): string
  /** JSON for reading, cut where nobody reads on. */
  json(value: unknown): string
  /** An attribute that is there or not, for `checked` and its like. */
  attribute(name: 'checked' | 'selected' | 'hidden', isSet: boolean): Html
  [name: string]: unknown
}

const numberFormat = new Intl.NumberFormat('en')
const maxJsonLength = 20_000

export function createViewLocals({
  basePath,
  assets,
  now,
}: {
  basePath: string
  assets: Assets
  now: () => Date
}): ViewLocals {
  const count = (value: number): string => numberFormat.format(value)
  return {
    link: (path, query) => pageUrl(basePath, path, query),
    external: externalHref,
    asset: (name) => `${basePath}${assets.path(name)}`,
    ago: (at) => timeTag(at, now()),
    exact: exactTimeTag,
    count,
    plural: (value, one, many) => `${count(value)} ${value === 1 ? one : many}`,
    json: (value) => {
      const text = JSON.stringify(value, null, 2) ?? ''
      return text.length > maxJsonLength ? `${text.slice(0, maxJsonLength)}\n…` : text
    },
    attribute: (name, isSet) => markup(isSet ? name : ''),
  }
}

// The first look at an order file, before anything is written: what one entry cannot know of itself. Every name is there, none
// is given twice, nothing is missing. Keeps names only, so a file of any size can be looked at.
import type { FileEntry, SectionStart } from './order-file.ts'
import type { JsonPath } from './order-file-position.ts'
import { OrderFileProblem } from './order-file-problem.ts'
import { type Section, sections } from './order-file-schema.ts'

/** What the file brings, known when all of it was looked at. */
export interface OrderFileContents {
  organizer: string
  event: string
  /** The languages of its orders. */
  locales: string[]
  orderCount: number
}

export interface OrderFileCheck {
  accept(entry: FileEntry | SectionStart): void
  finish(): OrderFileContents
}

const maxLocaleCount = 100

export function createOrderFileCheck(): OrderFileCheck {
  const begun: Section[] = []
  const slugs = { organizer: '', event: '' }
  const locales = new Set<string>()
  const names = { categories: createNames('category'), items: createNames('item'), customers: createNames('customer') }
  const codes = createNames('order')
  const languages = createNames('language')
  let hasLanguages = false
  let orderCount = 0

  // An entry that is not there may still come, if its section does.
  function refer(entry: FileEntry, to: keyof typeof names, { name, path }: { name: string | number; path: JsonPath }) {
    const isOver = begun.includes(to) && begun.at(-1) !== to
    names[to].refer(name, () => entry.problem(path, `there is no ${names[to].what} ${JSON.stringify(name)}`), isOver)
  }

  function acceptOrder(entry: FileEntry<'orders'>): void {
    const { code, customer, locale, positions } = entry.value
    codes.add(code, () => entry.problem(['code'], `an order before has the code ${code} too`))
    if (customer != null) refer(entry, 'customers', { name: customer, path: ['customer'] })
    for (const [index, { item }] of positions.entries()) {
      refer(entry, 'items', { name: item, path: ['positions', index, 'item'] })
    }
    languages.refer(locale, () => entry.problem(['locale'], `the event has no language "${locale}"`), hasLanguages)
    locales.add(locale)
    if (locales.size > maxLocaleCount) throw entry.problem(['locale'], `this is language number ${locales.size}`)
    orderCount += 1
  }

  return Object.freeze<OrderFileCheck>({
    accept(entry) {
      switch (entry.section) {
        case null:
          begun.push(entry.begins)
          return
        case 'organizer':
          slugs.organizer = entry.value.slug
          return
        case 'event':
          slugs.event = entry.value.slug
          hasLanguages = entry.value.locales !== undefined
          for (const [index, locale] of (entry.value.locales ?? []).entries()) {
            languages.add(locale, () => entry.problem(['locales', index], `"${locale}" stands here twice`))
          }
          return
        case 'categories':
          return names.categories.add(entry.value.id, () =>
            entry.problem(['id'], `a category before has the id ${entry.value.id} too`),
          )
        case 'items':
          names.items.add(entry.value.id, () =>
            entry.problem(['id'], `an item before has the id ${entry.value.id} too`),
          )
          if (entry.value.category != null) {
            refer(entry, 'categories', { name: entry.value.category, path: ['category'] })
          }
          return
        case 'customers':
          return names.customers.add(entry.value.identifier, () =>
            entry.problem(['identifier'], `a customer before has the identifier "${entry.value.identifier}" too`),
          )
        case 'orders':
          return acceptOrder(entry)
      }
    },
    finish() {
      const missing = sections.find((section) => !begun.includes(section))
      if (missing) throw new OrderFileProblem({ line: 1, field: missing, message: 'is missing' })
      const unknown = [...Object.values(names), ...(hasLanguages ? [languages] : [])]
        .flatMap((section) => section.firstUnknown() ?? [])
        .sort((left, right) => left.line - right.line)
      if (unknown[0]) throw unknown[0]
      return { ...slugs, locales: [...locales].sort(), orderCount }
    },
  })
}

interface Names {
  what: string
  add(name: string | number, problem: () => OrderFileProblem): void
  refer(name: string | number, problem: () => OrderFileProblem, isOver: boolean): void
  firstUnknown(): OrderFileProblem | undefined
}

function createNames(what: string): Names {
  const known = new Set<string | number>()
  // The first mention of each name that is not known yet.
  const unknown = new Map<string | number, OrderFileProblem>()
  return {
    what,
    add(name, problem) {
      if (known.has(name)) throw problem()
      known.add(name)
      unknown.delete(name)
    },
    refer(name, problem, isOver) {
      if (known.has(name) || unknown.has(name)) return
      if (isOver) throw problem()
      unknown.set(name, problem())
    },
    firstUnknown: () => unknown.values().next().value,
  }
}

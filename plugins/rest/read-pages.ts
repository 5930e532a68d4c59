// Reads a list page by page, in whichever way the remote counts its pages. The next address has to be of the same origin:
// the credentials go with the call.
import { type HttpClient, type HttpResponse, SyncConfigError } from '../../core/sdk/index.ts'
import type { RestDefinition } from './definition.ts'
import type { Call, Pagination } from './definition-parts.ts'
import { fillCall } from './fill-call.ts'
import { readPath } from './paths.ts'
import type { Known } from './placeholders.ts'

const maxPageCount = 100

export async function readPages({
  definition,
  call,
  itemsPath,
  pagination,
  known,
  http,
  signal,
}: {
  definition: RestDefinition
  call: Call
  itemsPath: string
  pagination: Pagination
  known: Known
  http: HttpClient
  signal: AbortSignal
}): Promise<readonly unknown[]> {
  const first = fillCall(definition, call, known)
  const items: unknown[] = []
  let next: { url: string; query: typeof first.query } | null = {
    url: first.url,
    query: { ...first.query, ...sizeQuery(pagination), ...placeQuery(pagination, 0, 0) },
  }
  for (let page = 1; next !== null; page += 1) {
    if (page > maxPageCount)
      throw new SyncConfigError(
        `${first.url} has more than ${maxPageCount} pages: the way its pages are counted does not fit. Correct the definition.`,
      )
    const response: HttpResponse = await http.request({ ...first, ...next, signal })
    const answer = response.json()
    const list = readPath(answer, itemsPath)
    if (!Array.isArray(list))
      throw new SyncConfigError(
        `${first.url} has no list at "${itemsPath}" in its answer. Correct the definition. The answer: ${response.excerpt()}`,
      )
    items.push(...list)
    next = nextPage({
      pagination,
      answer,
      response,
      count: list.length,
      page,
      itemCount: items.length,
      first: { url: first.url, query: first.query },
    })
  }
  return items
}

interface Place {
  pagination: Pagination
  answer: unknown
  response: HttpResponse
  /** Of this page. */
  count: number
  page: number
  itemCount: number
  first: { url: string; query: Readonly<Record<string, string | number | boolean | undefined>> | undefined }
}

function nextPage({
  pagination,
  answer,
  response,
  count,
  page,
  itemCount,
  first,
}: Place): Pick<Place['first'], 'url' | 'query'> | null {
  const { kind, size } = pagination
  const withPlace = (place: Record<string, string>) => ({
    url: first.url,
    query: { ...first.query, ...sizeQuery(pagination), ...place },
  })
  switch (kind) {
    case 'none':
      return null
    case 'page':
    case 'offset':
      return count < size ? null : withPlace(placeQuery(pagination, page, itemCount))
    case 'cursor': {
      const cursor = readPath(answer, pagination.nextPath)
      const isThere = (typeof cursor === 'string' && cursor !== '') || typeof cursor === 'number'
      return isThere ? withPlace({ [pagination.parameter]: String(cursor) }) : null
    }
    case 'next_url': {
      const address = readPath(answer, pagination.nextPath)
      return typeof address === 'string' && address !== '' ? { url: sameOrigin(address, first.url), query: {} } : null
    }
    case 'link_header': {
      const address = nextLink(response.headers.link ?? '')
      return address === null ? null : { url: sameOrigin(address, first.url), query: {} }
    }
  }
}

function sizeQuery({ kind, sizeParameter, size }: Pagination): Record<string, string> {
  return kind === 'none' || sizeParameter === '' ? {} : { [sizeParameter]: String(size) }
}

function placeQuery(
  { kind, parameter, first }: Pagination,
  pagesRead: number,
  itemsRead: number,
): Record<string, string> {
  if (kind === 'page') return { [parameter]: String(first + pagesRead) }
  return kind === 'offset' ? { [parameter]: String(itemsRead) } : {}
}

/** RFC 8288: `<https://...>; rel="next"`. */
function nextLink(header: string): string | null {
  for (const [, address = '', parameters = ''] of header.matchAll(/<([^>]*)>([^<]*)/g)) {
    if (/;\s*rel\s*=\s*(?:"[^"]*\bnext\b[^"]*"|next\b)/i.test(parameters)) return address
  }
  return null
}

function sameOrigin(address: string, from: string): string {
  const url = URL.parse(address, from)
  if (url && url.origin === URL.parse(from)?.origin) return url.href
  throw new SyncConfigError(
    `${from} names "${address.slice(0, 300)}" as its next page, which is another server. The credentials are not sent there: correct the definition.`,
  )
}

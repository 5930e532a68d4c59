// The pages of the Demo CRM: what arrived, for the eye. Made on the server, no script.
import type { PropertyValue } from '../../core/sdk/index.ts'
import { type CrmObject, countObjects, type ExecuteSql, readObject, readObjects, searchObjects } from './crm-objects.ts'
import { type Html, html } from './html.ts'
import { type CrmField, type CrmObjectType, crmObjectTypes, shortTitleOf, titleOf } from './object-types.ts'
import { layout } from './page-layout.ts'
import { isId, objectNotFound, requireId, requireType } from './path-parameters.ts'
import { Problem } from './problem.ts'

const pageSize = 50

export async function answerPage(
  executeSql: ExecuteSql,
  { path, query }: { path: readonly string[]; query: URLSearchParams },
): Promise<string> {
  const [room, typeName, id, ...rest] = path
  if (room === undefined) return overviewPage(await countObjects(executeSql))
  if (room !== 'objects' || typeName === undefined || rest.length > 0) {
    throw new Problem(404, 'no_such_page', 'There is no page at this address.')
  }
  const type = requireType(typeName)
  return id === undefined ? typePage(executeSql, type, query) : objectPage(executeSql, type, requireId(id))
}

function overviewPage(counts: ReadonlyMap<string, number>): string {
  const rows = crmObjectTypes.map((type) => {
    const count = counts.get(type.name) ?? 0
    return html`<li>
      <a href="/objects/${type.name}">${type.labelPlural}</a>
      <span class="summary">${type.summary}</span>
      <span class="count${count === 0 ? ' none' : ''}">${formatCount(count)}</span>
    </li>`
  })
  return layout({
    title: 'Objects',
    trail: [],
    body: html`<p class="lead">Everything that was sent to this CRM, by type.</p><ul class="types">${rows}</ul>`,
  })
}

async function typePage(executeSql: ExecuteSql, type: CrmObjectType, query: URLSearchParams): Promise<string> {
  // What the database cannot compare is searched for without it; the field shows what was searched.
  const text = (query.get('q') ?? '').replaceAll('\0', '').toWellFormed().trim().slice(0, 200)
  const page = /^[1-9]\d{0,6}$/.test(query.get('page') ?? '') ? Number(query.get('page')) : 1
  const offset = (page - 1) * pageSize
  const { objects, totalCount } = await searchObjects(executeSql, {
    type: type.name,
    text,
    titleField: type.titleField,
    offset,
    limit: pageSize,
  })
  // A page behind the end has no rows, so it does not know the total either.
  if (objects.length === 0 && page > 1) throw new Problem(404, 'no_such_page', `There is no page ${page} of this list.`)
  const search = html`<form class="search" role="search" action="/objects/${type.name}">
    <label for="q">Search ${type.labelPlural.toLowerCase()}</label>
    <input id="q" name="q" type="search" value="${text}" autocomplete="off"><button>Search</button>
  </form>`
  return layout({
    title: type.labelPlural,
    trail: [{ label: 'Objects', href: '/' }],
    body: html`${(text !== '' || objects.length > 0) && search}${
      objects.length === 0
        ? emptyNote(type, text)
        : html`${objectTable(type, objects)}${pager({ type, text, page, offset, shown: objects.length, totalCount })}`
    }`,
  })
}

function emptyNote(type: CrmObjectType, text: string): Html {
  if (text === '')
    return html`<p class="empty">No ${type.labelPlural.toLowerCase()} yet. They appear here once one is sent.</p>`
  return html`<p class="empty">No ${type.label.toLowerCase()} matches “${text}”. <a href="/objects/${type.name}">Show all</a></p>`
}

function objectTable(type: CrmObjectType, objects: readonly CrmObject[]): Html {
  const fields = type.listFields.flatMap((key) => type.fields.filter((field) => field.key === key))
  const rows = objects.map(
    (object) => html`<tr>
      <th scope="row"><a href="/objects/${type.name}/${object.id}">${cut(shortTitleOf(type, object))}</a></th>
      ${fields.map((field) => {
        const value = object.properties[field.key] ?? null
        return html`<td data-label="${field.label}"${isNumeric(field) ? html` class="number"` : null}>${cut(plainText(field, value))}</td>`
      })}
      <td data-label="Changed">${minute(object.updatedAt)}</td>
    </tr>`,
  )
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${type.labelPlural}"><table>
    <thead><tr><th scope="col">${type.label}</th>${fields.map(
      (field) => html`<th scope="col"${isNumeric(field) ? html` class="number"` : null}>${field.label}</th>`,
    )}<th scope="col">Changed (UTC)</th></tr></thead>
    <tbody>${rows}</tbody>
  </table></div>`
}

function pager(list: {
  type: CrmObjectType
  text: string
  page: number
  offset: number
  shown: number
  totalCount: number
}): Html {
  const href = (page: number): string => {
    const query = new URLSearchParams({
      ...(list.text ? { q: list.text } : {}),
      ...(page > 1 ? { page: `${page}` } : {}),
    })
    return `/objects/${list.type.name}${query.size > 0 ? `?${query}` : ''}`
  }
  const hasNext = list.offset + list.shown < list.totalCount
  return html`<nav class="pager" aria-label="Pages">
    <span>${formatCount(list.offset + 1)}–${formatCount(list.offset + list.shown)} of ${formatCount(list.totalCount)}</span>
    ${list.page > 1 && html`<a rel="prev" href="${href(list.page - 1)}">Previous</a>`}
    ${hasNext && html`<a rel="next" href="${href(list.page + 1)}">Next</a>`}
  </nav>`
}

async function objectPage(executeSql: ExecuteSql, type: CrmObjectType, id: string): Promise<string> {
  const object = await readObject(executeSql, type.name, id)
  if (!object) throw objectNotFound(type, id)
  const associated = await readAssociated(executeSql, type, object)
  const declared = type.fields.filter((field) => Object.hasOwn(object.properties, field.key))
  const others = Object.keys(object.properties)
    .filter((key) => !type.fields.some((field) => field.key === key))
    .map((key): CrmField => ({ key, label: key, type: 'any' }))
  const empty = type.fields.filter((field) => !Object.hasOwn(object.properties, field.key))
  const rows = [...declared, ...others].map(
    (field) =>
      html`<div><dt>${field.label}</dt><dd>${richValue(field, object.properties[field.key] ?? null, associated)}</dd></div>`,
  )
  return layout({
    title: titleOf(type.name, object),
    trail: [
      { label: 'Objects', href: '/' },
      { label: type.labelPlural, href: `/objects/${type.name}` },
    ],
    body: html`
      <p class="lead">${type.label} ${object.id}, identified by ${labelOf(type, object.idField)}</p>
      <dl>${rows}</dl>
      ${empty.length > 0 && html`<p class="note">Empty: ${empty.map((field) => field.label).join(', ')}.</p>`}
      <p class="note">Created ${time(object.createdAt)}${
        object.updatedAt > object.createdAt ? html`, last changed ${time(object.updatedAt)}` : ', not changed since'
      }. <a href="/api/objects/${type.name}/${object.id}">As JSON</a></p>`,
  })
}

/** Associated objects by `type/id`. */
async function readAssociated(
  executeSql: ExecuteSql,
  type: CrmObjectType,
  object: CrmObject,
): Promise<ReadonlyMap<string, CrmObject>> {
  const found = new Map<string, CrmObject>()
  for (const { key, associatedType } of type.fields) {
    const value = object.properties[key]
    if (!associatedType || !Array.isArray(value)) continue
    const ids = value.map(String).filter(isId)
    for (const one of await readObjects(executeSql, associatedType, ids)) found.set(`${associatedType}/${one.id}`, one)
  }
  return found
}

function richValue(field: CrmField, value: PropertyValue, associated: ReadonlyMap<string, CrmObject>): Html | string {
  if (value === '') return html`<span class="muted">empty text</span>`
  if (Array.isArray(value) && value.every((item) => typeof item !== 'object')) {
    const items = value.map((item) => {
      const object = associated.get(`${field.associatedType}/${item}`)
      return object
        ? html`<li><a href="/objects/${object.type}/${object.id}">${titleOf(object.type, object)}</a></li>`
        : html`<li>${String(item)}</li>`
    })
    return value.length === 0 ? html`<span class="muted">empty list</span>` : html`<ul>${items}</ul>`
  }
  // Only what the server has checked to be a web address.
  if (field.type === 'url' && typeof value === 'string') return html`<a href="${value}" rel="noreferrer">${value}</a>`
  if (typeof value === 'object') return html`<pre>${JSON.stringify(value, null, 2)}</pre>`
  return plainText(field, value)
}

function labelOf(type: CrmObjectType, key: string): string {
  return (type.fields.find((field) => field.key === key)?.label ?? key).toLowerCase()
}

function plainText(field: CrmField, value: PropertyValue): string {
  if (value === null) return ''
  if (typeof value === 'boolean') return value ? 'Yes' : 'No'
  if (field.type === 'choice') return field.options?.find((option) => option.key === value)?.label ?? String(value)
  if (Array.isArray(value)) return value.map((item) => plainText(field, item)).join(', ')
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

function cut(text: string): string {
  return text.length > 80 ? `${text.slice(0, 79)}…` : text
}

function isNumeric(field: CrmField): boolean {
  return field.type === 'decimal' || field.type === 'number' || field.type === 'integer'
}

function formatCount(count: number): string {
  return count.toLocaleString('en-US')
}

function minute(date: Date): Html {
  const iso = date.toISOString()
  return html`<time datetime="${iso}">${iso.slice(0, 10)} ${iso.slice(11, 16)}</time>`
}

function time(date: Date): Html {
  const iso = date.toISOString()
  return html`<time datetime="${iso}">${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC</time>`
}

// The fields that an account has beside those of the definition, read from the remote's own list of them.
import { type ExternalField, type ExternalObjectType, type HttpClient, isEmptyValue } from '../../core/sdk/index.ts'
import type { RestDefinition } from './definition.ts'
import type { ObjectTypeDefinition } from './object-type-schema.ts'
import { readPath } from './paths.ts'
import { readPages } from './read-pages.ts'
import { idOf } from './remote-values.ts'

const maxFieldCount = 2000
const maxTextLength = 128

/** The declared type with the fields that were found. */
export async function discoverFields(
  {
    definition,
    type,
    declared,
  }: { definition: RestDefinition; type: ObjectTypeDefinition; declared: ExternalObjectType },
  { settings, http, signal }: { settings: Readonly<Record<string, unknown>>; http: HttpClient; signal: AbortSignal },
): Promise<ExternalObjectType> {
  const { discovery } = type
  const items = await readPages({
    definition,
    call: discovery,
    itemsPath: discovery.itemsPath,
    pagination: discovery.pagination,
    known: { settings, value: {} },
    http,
    signal,
  })
  const fields = new Map(declared.fields.map((field) => [field.key, field]))
  for (const item of items) {
    const field = fieldOf(type, item)
    // What the definition says of a field is more exact.
    if (field !== null && !fields.has(field.key) && fields.size < maxFieldCount) fields.set(field.key, field)
  }
  return { ...declared, fields: [...fields.values()], allowsOtherFields: type.allowsOtherFields }
}

// Null for an entry without a key: remotes list separators and headings too.
function fieldOf({ discovery }: ObjectTypeDefinition, item: unknown): ExternalField | null {
  const key = idOf(readPath(item, discovery.keyPath))
  if (key === null || key.length > maxTextLength) return null
  const label = discovery.labelPath === '' ? null : idOf(readPath(item, discovery.labelPath))
  const remoteType = discovery.typePath === '' ? undefined : readPath(item, discovery.typePath)
  const type = isEmptyValue(remoteType)
    ? undefined
    : discovery.types.find(({ remote }) => remote === String(remoteType))
  return { key, label: label?.slice(0, maxTextLength) ?? key, type: type?.type ?? 'any' }
}

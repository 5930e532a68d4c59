// Where the Demo CRM keeps its objects: the statements, one function each. The unique index on (type, id_field,
// id_value) is what makes a second POST of the same object a conflict.
import { type PluginContext, type PropertyValue, z } from '../../core/sdk/index.ts'

export type ExecuteSql = PluginContext['executeSql']

const rowSchema = z.object({
  id: z.coerce.string(),
  type: z.string(),
  id_field: z.string(),
  id_value: z.string(),
  properties: z.record(z.string(), z.json()),
  created_at: z.coerce.date(),
  updated_at: z.coerce.date(),
})

export interface CrmObject {
  id: string
  type: string
  idField: string
  idValue: string
  properties: Readonly<Record<string, PropertyValue>>
  createdAt: Date
  updatedAt: Date
}

/** What a unique index entry can hold without trouble. */
export const maxIdValueLength = 255

const columns = 'id, type, id_field, id_value, properties, created_at, updated_at'

/** The id of the new object, or of the one that has this identity already. */
export async function insertObject(
  executeSql: ExecuteSql,
  object: { type: string; idField: string; idValue: string; properties: Readonly<Record<string, PropertyValue>> },
): Promise<{ id: string; isNew: boolean }> {
  const identity = [object.type, object.idField, object.idValue]
  // A conflicting object may be deleted between the two statements; then the insert is tried again.
  for (let attempt = 0; attempt < 3; attempt++) {
    const { rows } = await executeSql(
      `insert into demo_crm.object (type, id_field, id_value, properties) values ($1, $2, $3, $4::jsonb)
       on conflict (type, id_field, id_value) do nothing returning id`,
      [...identity, JSON.stringify(object.properties)],
    )
    if (rows[0]) return { id: String(rows[0].id), isNew: true }
    const existing = await findByIdentity(executeSql, object)
    if (existing) return { id: existing.id, isNew: false }
  }
  throw new Error(`The ${object.type} ${object.idField} = ${object.idValue} appears and disappears`)
}

type UpdateOutcome =
  | { outcome: 'changed' | 'unchanged'; properties: Readonly<Record<string, PropertyValue>> }
  | { outcome: 'missing' | 'identity_lost' }
  /** Another object already has the wanted identity. */
  | { outcome: 'identity_taken'; holderId: string }

// Computed from the row itself, so that two clients writing different fields lose nothing, and locked only for a change.
const merged = '((properties || $3::jsonb) - $4::text[])'

/** Merges properties in one statement. */
export async function updateObject(
  executeSql: ExecuteSql,
  change: { type: string; id: string; set: Readonly<Record<string, PropertyValue>>; remove: readonly string[] },
): Promise<UpdateOutcome> {
  try {
    const { rows } = await executeSql(
      `with held as (
         select properties, length(coalesce(${merged} ->> id_field, '')) between 1 and ${maxIdValueLength} as has_identity
         from demo_crm.object where id = $1 and type = $2
       ), changed as (
         update demo_crm.object set properties = ${merged}, id_value = ${merged} ->> id_field, updated_at = now()
         where id = $1 and type = $2 and (select has_identity from held) and ${merged} is distinct from properties
         returning properties
       )
       select held.has_identity, changed.properties is not null as is_changed,
              coalesce(changed.properties, held.properties) as properties
       from held left join changed on true`,
      [change.id, change.type, JSON.stringify(change.set), change.remove],
    )
    if (!rows[0]) return { outcome: 'missing' }
    if (rows[0].has_identity !== true) return { outcome: 'identity_lost' }
    const properties = rowSchema.shape.properties.parse(rows[0].properties)
    return { outcome: rows[0].is_changed === true ? 'changed' : 'unchanged', properties }
  } catch (error) {
    if (!isUniqueViolation(error)) throw error
    const object = await readObject(executeSql, change.type, change.id)
    if (!object) return { outcome: 'missing' }
    const idValue = String(change.set[object.idField] ?? object.idValue)
    const holder = await findByIdentity(executeSql, { type: change.type, idField: object.idField, idValue })
    return { outcome: 'identity_taken', holderId: holder?.id ?? object.id }
  }
}

export async function deleteObject(executeSql: ExecuteSql, type: string, id: string): Promise<boolean> {
  const { rows } = await executeSql('delete from demo_crm.object where id = $1 and type = $2 returning id', [id, type])
  return rows.length > 0
}

export async function readObject(executeSql: ExecuteSql, type: string, id: string): Promise<CrmObject | null> {
  const { rows } = await executeSql(`select ${columns} from demo_crm.object where id = $1 and type = $2`, [id, type])
  return rows[0] ? toObject(rows[0]) : null
}

export async function readObjects(executeSql: ExecuteSql, type: string, ids: readonly string[]): Promise<CrmObject[]> {
  if (ids.length === 0) return []
  const { rows } = await executeSql(
    `select ${columns} from demo_crm.object where type = $1 and id = any($2::bigint[]) order by id`,
    [type, ids],
  )
  return rows.map(toObject)
}

async function findByIdentity(
  executeSql: ExecuteSql,
  { type, idField, idValue }: { type: string; idField: string; idValue: string },
): Promise<CrmObject | null> {
  const { rows } = await executeSql(
    `select ${columns} from demo_crm.object where type = $1 and id_field = $2 and id_value = $3`,
    [type, idField, idValue],
  )
  return rows[0] ? toObject(rows[0]) : null
}

/** Objects after a cursor in the order of their ids; `field` narrows them to those whose property has the value. */
export async function listObjects(
  executeSql: ExecuteSql,
  page: { type: string; after: string; limit: number; field?: { key: string; value: string } },
): Promise<{ objects: CrmObject[]; next: string | null }> {
  if (page.field) {
    const { key, value } = page.field
    // The indexed way first: an identity names at most one object.
    const identified = await findByIdentity(executeSql, { type: page.type, idField: key, idValue: value })
    if (identified) return { objects: BigInt(identified.id) > BigInt(page.after) ? [identified] : [], next: null }
  }
  const { rows } = await executeSql(
    `select ${columns} from demo_crm.object
     where type = $1 and id > $2 and ($4::text is null or properties ->> $4::text = $5::text)
     order by id limit $3`,
    [page.type, page.after, page.limit + 1, page.field?.key ?? null, page.field?.value ?? null],
  )
  const objects = rows.slice(0, page.limit).map(toObject)
  return { objects, next: rows.length > page.limit ? (objects.at(-1)?.id ?? null) : null }
}

/** One page for the eye: the latest change first, found by any part of the identity or of the title field. */
export async function searchObjects(
  executeSql: ExecuteSql,
  search: { type: string; text: string; titleField: string | null; offset: number; limit: number },
): Promise<{ objects: CrmObject[]; totalCount: number }> {
  const pattern = `%${search.text.replace(/[\\%_]/g, '\\$&')}%`
  const { rows } = await executeSql(
    `select ${columns}, count(*) over ()::int as total_count from demo_crm.object
     where type = $1 and (id_value ilike $2 or properties ->> $3::text ilike $2)
     order by updated_at desc, id desc limit $4 offset $5`,
    [search.type, pattern, search.titleField, search.limit, search.offset],
  )
  return { objects: rows.map(toObject), totalCount: Number(rows[0]?.total_count ?? 0) }
}

export async function countObjects(executeSql: ExecuteSql): Promise<ReadonlyMap<string, number>> {
  const { rows } = await executeSql('select type, count(*)::int as count from demo_crm.object group by type', [])
  return new Map(rows.map((row) => [String(row.type), Number(row.count)]))
}

function toObject(row: unknown): CrmObject {
  const { id, type, id_field, id_value, properties, created_at, updated_at } = rowSchema.parse(row)
  return { id, type, idField: id_field, idValue: id_value, properties, createdAt: created_at, updatedAt: updated_at }
}

function isUniqueViolation(error: unknown): boolean {
  return typeof error === 'object' && error !== null && Reflect.get(error, 'code') === '23505'
}

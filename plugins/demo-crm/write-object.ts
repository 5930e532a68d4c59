// Brings one object of the Demo CRM to what the mapping wants. A new object costs one POST, a known one a single PATCH,
// whose answer says whether anything was different; only update modes that depend on what is there need a read before.
import {
  assignProperties,
  MappingError,
  type ObjectAction,
  type PropertyValue,
  type RemoteObjectQuery,
  type SyncObjectArgs,
} from '../../core/sdk/index.ts'
import type { CrmClient, CrmRecord } from './client.ts'
import { findObjectType } from './object-types.ts'

/** A list that goes into a field for text is joined by it, and appending to such a field splits by it. */
export const listJoiner = ', '

type Values = Readonly<Record<string, PropertyValue>>

export interface Write {
  action: ObjectAction
  id: string
  /** What is known to stand there now. */
  values: Values
}

/** Null when the mapping's mode leaves the object alone. */
export function writeObject(client: CrmClient, args: SyncObjectArgs): Promise<Write | null> {
  const remoteId = args.known?.remoteId ?? null
  return remoteId === null ? writeUnknown(client, args) : writeKnown(client, args, remoteId)
}

// An object we have not met. Whether it is new, the create call itself finds out.
async function writeUnknown(client: CrmClient, args: SyncObjectArgs): Promise<Write | null> {
  const { externalObjectType: type, mode } = args.mapping
  if (mode === 'update' || mode === 'find') {
    const object = await locateObject(client, { ...args, externalObjectType: type, known: null })
    if (!object) return null
    return mode === 'find'
      ? { action: 'found', id: object.id, values: object.properties }
      : change(client, args, object)
  }
  const values = assign(args, {}, true)
  const { outcome, id } = await client.create(type, {
    idField: args.externalIdField,
    idValue: args.idValue,
    properties: { ...values, [args.externalIdField]: args.idValue },
  })
  if (outcome === 'created') return { action: 'created', id, values }
  if (mode === 'create') {
    return { action: 'nothing_to_do', id, values: (await client.read(type, id))?.properties ?? {} }
  }
  return writeExisting(client, args, id)
}

async function writeKnown(client: CrmClient, args: SyncObjectArgs, id: string): Promise<Write | null> {
  const { mode } = args.mapping
  if (mode === 'upsert' || mode === 'update') return writeExisting(client, args, id)
  const object = await client.read(args.mapping.externalObjectType, id)
  if (!object) return writeUnknown(client, args)
  return { action: mode === 'find' ? 'found' : 'nothing_to_do', id, values: object.properties }
}

function assign({ properties, mapping }: SyncObjectArgs, oldValues: Values, isNew: boolean): Values {
  const type = findObjectType(mapping.externalObjectType)
  const isListField = (key: string): boolean =>
    type?.fields.some((field) => field.key === key && field.type === 'list') ?? false
  const lists = properties.filter(([key]) => isListField(key))
  const others = properties.filter(([key]) => !isListField(key))
  return {
    ...assignProperties(others, oldValues, { isNew, listSeparator: listJoiner }),
    ...assignProperties(lists, oldValues, { isNew, listSeparator: null }),
  }
}

async function writeExisting(client: CrmClient, args: SyncObjectArgs, id: string): Promise<Write | null> {
  if (!needsOldValues(args.properties)) return change(client, args, { id, properties: {} })
  const object = await client.read(args.mapping.externalObjectType, id)
  return object ? change(client, args, object) : createAnew(client, args)
}

function needsOldValues(properties: SyncObjectArgs['properties']): boolean {
  return properties.some(([, , updateMode]) => updateMode === 'if_empty' || updateMode === 'append')
}

async function change(client: CrmClient, args: SyncObjectArgs, object: CrmRecord): Promise<Write | null> {
  const values = assign(args, object.properties, false)
  const result = await client.update(args.mapping.externalObjectType, object.id, {
    ...values,
    // The identity travels too, so that an object whose identifying value has changed keeps its id.
    [args.externalIdField]: args.idValue,
  })
  switch (result.outcome) {
    case 'changed':
      return { action: 'updated', id: object.id, values: result.properties }
    case 'unchanged':
      return { action: 'nothing_to_do', id: object.id, values: result.properties }
    case 'missing':
      return createAnew(client, args)
    case 'taken':
      // The new identity belongs to another object: that one is updated, and the caller sees another id.
      return writeExisting(client, args, result.id)
  }
}

// Somebody deleted the object over there. A mapping that only updates leaves it so.
function createAnew(client: CrmClient, args: SyncObjectArgs): Promise<Write | null> {
  return args.mapping.mode === 'update' ? Promise.resolve(null) : writeUnknown(client, args)
}

export async function locateObject(
  client: CrmClient,
  query: Omit<RemoteObjectQuery, 'http' | 'signal'>,
): Promise<CrmRecord | null> {
  if (query.known?.remoteId) {
    const object = await client.read(query.externalObjectType, query.known.remoteId)
    if (object) return object
  }
  const [object, second] = await client.find(query.externalObjectType, {
    field: query.externalIdField,
    value: query.idValue,
    limit: 2,
  })
  if (second) {
    throw new MappingError(
      `More than one ${query.externalObjectType} of the Demo CRM has ${query.externalIdField} "${query.idValue}". Choose an identifying field that only one object has.`,
    )
  }
  return object ?? null
}

// What becomes of one object: found, left alone, created or updated. Written so that the same call twice, also after a lost
// answer, gives one object.
import {
  assignProperties,
  type PropertyValue,
  RetryableError,
  SyncConfigError,
  type SyncObjectArgs,
  type SyncObjectResult,
} from '../../core/sdk/index.ts'
import type { RestDefinition } from './definition.ts'
import { fillUrl } from './fill-url.ts'
import type { ObjectTypeDefinition } from './object-type-schema.ts'
import { fillPlain, type Known } from './placeholders.ts'
import { type FoundObject, isUsed, type RemoteCalls } from './remote-calls.ts'
import { isSameValue, mergedValues, nestedValues, type Values } from './remote-values.ts'

export interface WriteContext {
  definition: RestDefinition
  type: ObjectTypeDefinition
  calls: RemoteCalls
  settings: Readonly<Record<string, unknown>>
}

export async function writeObject(context: WriteContext, args: SyncObjectArgs): Promise<SyncObjectResult | null> {
  const { type } = context
  const { mode } = args.mapping
  if (args.operation === 'delete') {
    throw new SyncConfigError(
      `The definition of ${context.definition.displayName} has no call "delete". Add one, or let the mapping keep what no longer applies.`,
    )
  }
  if (!isUsed(type.find)) return writeUnseen(context, args)
  const found = await locate(context, args)
  if (found !== null)
    return mode === 'create' ? done(context, args, 'nothing_to_do', found.id) : change(context, args, found)
  if (mode === 'update') return null
  return create(context, args)
}

/** By its value, and by the one it had before. */
export async function locate(
  context: WriteContext,
  { externalIdField, idValue, known }: Pick<SyncObjectArgs, 'externalIdField' | 'idValue' | 'known'>,
): Promise<FoundObject | null> {
  const find = (id: string) =>
    context.calls.find({ id, idField: externalIdField, settings: context.settings, value: { [externalIdField]: id } })
  const found = await find(idValue)
  if (found !== null || known === null || known.idValue === idValue) return found
  return find(known.idValue)
}

async function create(context: WriteContext, args: SyncObjectArgs): Promise<SyncObjectResult | null> {
  const { definition, type, calls } = context
  if (!isUsed(type.create) && !usesRemoteId(type)) return upsert(context, args)
  const values = newValues(context, args, {}, true)
  const answer = await calls.create(
    knownOf(context, args, 'create', values, { properties: nestedValues(type, values) }),
  )
  if (answer.outcome === 'created')
    return done(context, args, 'created', answer.id ?? (await found(context, args)).id, values)
  if (args.mapping.mode === 'create')
    return done(context, args, 'nothing_to_do', answer.id ?? (await found(context, args)).id)
  if (isUsed(type.find)) return change(context, args, await found(context, args))
  if (answer.id !== null) return overwrite(context, args, answer.id)
  throw new SyncConfigError(
    `${definition.displayName} says that "${args.idValue}" exists already, and not under which id. Correct the definition.`,
  )
}

// The remote has just said that it is there.
async function found(context: WriteContext, args: SyncObjectArgs): Promise<FoundObject> {
  const object = await locate(context, args)
  if (object !== null) return object
  throw new RetryableError(
    `${context.definition.displayName} has "${args.idValue}", but does not find it yet; it is looked up again later.`,
  )
}

async function change(
  context: WriteContext,
  args: SyncObjectArgs,
  object: FoundObject,
): Promise<SyncObjectResult | null> {
  const { type, calls } = context
  const values = newValues(context, args, object.values, false)
  const differing = Object.entries(values).filter(
    ([field, value]) => !isSameValue(value, heldValue(object.values, field)),
  )
  if (differing.length === 0) return done(context, args, 'nothing_to_do', object.id, object.values)
  const changed = Object.fromEntries(differing)
  const sent = type.update.sends === 'changed' ? changed : values
  const nested = nestedValues(type, sent)
  const properties = type.update.sends === 'whole' ? mergedValues(object.held, nested) : nested
  const isThere = await calls.update(
    knownOf(context, args, 'update', { ...object.values, ...values }, { remoteId: object.id, properties }),
  )
  if (isThere) return done(context, args, 'updated', object.id, { ...object.values, ...values })
  throw new RetryableError(
    `"${args.idValue}" was deleted at ${context.definition.displayName} while it was being updated; it is tried again.`,
  )
}

// Without a find call nobody can ask what the remote holds: known ids are written to, the rest is created.
async function writeUnseen(context: WriteContext, args: SyncObjectArgs): Promise<SyncObjectResult | null> {
  const { type } = context
  const { mode } = args.mapping
  const remoteId = args.known?.remoteId ?? null
  if (mode === 'create' && remoteId !== null) return done(context, args, 'nothing_to_do', remoteId)
  if (!isUsed(type.create)) return mode === 'update' && args.known === null ? null : upsert(context, args)
  if (remoteId === null) return mode === 'update' ? null : create(context, args)
  return (await overwrite(context, args, remoteId)) ?? (mode === 'update' ? null : create(context, args))
}

// Null when it is gone.
async function overwrite(
  context: WriteContext,
  args: SyncObjectArgs,
  remoteId: string,
): Promise<SyncObjectResult | null> {
  const values = newValues(context, args, args.known?.sentValues ?? {}, false)
  const properties = nestedValues(context.type, values)
  const isThere = await context.calls.update(knownOf(context, args, 'update', values, { remoteId, properties }))
  return isThere ? done(context, args, 'updated', remoteId, values) : null
}

// One call that creates or updates, by the identifying value.
async function upsert(context: WriteContext, args: SyncObjectArgs): Promise<SyncObjectResult | null> {
  const isNew = isUsed(context.type.find) || args.known === null
  const values = { ...newValues(context, args, {}, isNew), [args.externalIdField]: args.idValue }
  const remoteId = args.known?.remoteId ?? args.idValue
  await context.calls.update(
    knownOf(context, args, 'update', values, { remoteId, properties: nestedValues(context.type, values) }),
  )
  return done(context, args, isNew ? 'created' : 'updated', remoteId, values)
}

function newValues({ definition, type }: WriteContext, args: SyncObjectArgs, old: Values, isNew: boolean): Values {
  const other = isUsed(type.find) ? undefined : args.properties.find(([, , mode]) => mode !== 'overwrite')
  if (other !== undefined) {
    throw new SyncConfigError(
      `The property "${other[0]}" has the update mode ${other[2]}, for which ${type.label} would have to be read, and the definition of ${definition.displayName} has no call "find" for it. Choose overwrite.`,
    )
  }
  const listSeparator = definition.listSeparator === '' ? null : definition.listSeparator
  const values = assignProperties(args.properties, old, { isNew, listSeparator })
  const isIdentifierSent = isNew || definition.identifiersCanChange
  return isIdentifierSent ? { ...values, [args.externalIdField]: args.idValue } : values
}

function knownOf(
  { settings }: WriteContext,
  { idValue, externalIdField, idempotencyKey }: SyncObjectArgs,
  call: string,
  value: Values,
  { remoteId, properties }: { remoteId?: string; properties: PropertyValue },
): Known {
  // One sync may create and then update: the remote must not take the second for a repetition.
  const key = `${idempotencyKey}-${call}`
  return {
    id: idValue,
    idField: externalIdField,
    idempotencyKey: key,
    settings,
    value: { ...value, [externalIdField]: idValue },
    properties,
    ...(remoteId === undefined ? {} : { remoteId }),
  }
}

export function done(
  { type, settings }: Pick<WriteContext, 'type' | 'settings'>,
  { idValue, externalIdField }: Pick<SyncObjectArgs, 'idValue' | 'externalIdField'>,
  action: SyncObjectResult['action'],
  remoteId: string,
  value: Values = {},
): SyncObjectResult {
  const known: Known = {
    id: idValue,
    idField: externalIdField,
    remoteId,
    settings,
    value: { ...value, [externalIdField]: idValue },
  }
  const text = type.linkText === '' ? idValue : fillPlain(type.linkText, known) || idValue
  const link = type.link === '' ? {} : { externalLinkHref: fillUrl({ baseUrl: type.link, path: '', known }) }
  return { action, remoteId, ...link, externalLinkDisplayName: text.slice(0, 200) }
}

function usesRemoteId({ update }: ObjectTypeDefinition): boolean {
  return (
    !isUsed(update) ||
    /\{\{\s*remoteId\s*\}\}/.test(`${update.path}${update.bodyTemplate}${JSON.stringify(update.query)}`)
  )
}

function heldValue(values: Values, field: string): PropertyValue | undefined {
  return Object.hasOwn(values, field) ? values[field] : undefined
}

// Many objects in one call: a list of their properties, and a result for each of them found in the answer.
import {
  assignProperties,
  type ObjectAnswer,
  type PropertyValue,
  RejectedError,
  RetryableError,
  SyncConfigError,
  type SyncObjectArgs,
} from '../../core/sdk/index.ts'
import { placeUnder, readPath } from './paths.ts'
import { idOf, nestedValues } from './remote-values.ts'
import { done, type WriteContext } from './write-object.ts'

/** All of one object type; an answer for each, in their order. */
export async function writeBatch(context: WriteContext, list: readonly SyncObjectArgs[]): Promise<ObjectAnswer[]> {
  const { type, calls, settings, definition } = context
  const sent = list.map((args) => sentOf(context, args))
  const written = sent.flatMap((one) => (one.item === null ? [] : [{ ...one, item: one.item }]))
  const [first] = written
  if (!first) return sent.map(({ answer }) => answer)
  const items = written.map(({ item }) => placeUnder(type.batch.itemPath, item))
  const response = await calls.batch({
    settings,
    value: {},
    idempotencyKey: `${first.args.idempotencyKey}-batch`,
    properties: placeUnder(type.batch.itemsPath, items),
  })
  const results = readPath(response.json(), type.batch.resultsPath)
  if (!Array.isArray(results)) {
    throw new SyncConfigError(
      `${definition.displayName} answered the call "batch" of ${type.label} with ${response.status}, and there is no list at "${type.batch.resultsPath}". Correct the definition. The answer: ${response.excerpt()}`,
    )
  }
  const byIdentifier = new Map(
    results.map((result: unknown) => [idOf(readPath(result, type.batch.identifierPath)), result]),
  )
  let position = 0
  return sent.map(({ args, item, answer }) => {
    if (item === null) return answer
    const place = position++
    const result: unknown = type.batch.correlation === 'position' ? results[place] : byIdentifier.get(args.idValue)
    return answerOf(context, args, result)
  })
}

function sentOf(
  { definition, type }: WriteContext,
  args: SyncObjectArgs,
): { args: SyncObjectArgs; item: PropertyValue | null; answer: ObjectAnswer } {
  const { mode } = args.mapping
  const refusal = refusalOf(args, definition.displayName)
  if (refusal !== null) return { args, item: null, answer: refusal }
  if (mode === 'update' && args.known === null) return { args, item: null, answer: null }
  if (mode === 'create' && args.known !== null) return { args, item: null, answer: { action: 'nothing_to_do' } }
  const listSeparator = definition.listSeparator === '' ? null : definition.listSeparator
  const values = assignProperties(args.properties, {}, { isNew: args.known === null, listSeparator })
  return { args, item: nestedValues(type, { ...values, [args.externalIdField]: args.idValue }), answer: null }
}

function refusalOf({ operation, properties }: SyncObjectArgs, name: string): Error | null {
  if (operation === 'delete')
    return new SyncConfigError(
      `The definition of ${name} has no call "delete". Add one, or let the mapping keep what no longer applies.`,
    )
  const other = properties.find(([, , mode]) => mode !== 'overwrite')
  if (!other) return null
  return new SyncConfigError(
    `The property "${other[0]}" has the update mode ${other[2]}, and objects of ${name} that are sent many at once are not read before. Choose overwrite.`,
  )
}

function answerOf(context: WriteContext, args: SyncObjectArgs, result: unknown): ObjectAnswer {
  const { idPath, statusPath, successValues, messagePath } = context.type.batch
  const { displayName } = context.definition
  if (result === undefined)
    return new RetryableError(`${displayName} did not say what became of "${args.idValue}"; it is sent again.`)
  const status = statusPath === '' ? null : idOf(readPath(result, statusPath))
  const successes = successValues.split(',').map((value) => value.trim())
  if (statusPath !== '' && (status === null || !successes.includes(status))) {
    const message = messagePath === '' ? undefined : readPath(result, messagePath)
    const said =
      message === undefined
        ? JSON.stringify(result).slice(0, 500)
        : typeof message === 'string'
          ? message
          : JSON.stringify(message)
    return new RejectedError(
      `${displayName} did not accept "${args.idValue}" (${status ?? 'without a status'}): ${said.slice(0, 2000)}`,
    )
  }
  const id = idOf(readPath(result, idPath)) ?? args.known?.remoteId ?? args.idValue
  return done(context, args, args.known === null ? 'created' : 'updated', id)
}

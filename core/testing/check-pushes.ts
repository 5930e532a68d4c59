// When all goes well: what is pushed is there once, what has not changed is left alone.
import { isDeepStrictEqual } from 'node:util'
import type { CheckContext } from './check-context.ts'
import { demand, told } from './demand.ts'
import type { RemoteCall } from './fake-remote.ts'
import type { TestAttempt } from './history-view.ts'

/** Pushes a new record and demands that it arrives. */
export async function pushNew(context: CheckContext): Promise<{ id: string; attempt: TestAttempt; keys: string[] }> {
  const before = await context.holds()
  const id = context.addRecord()
  const attempt = await context.push(id)
  demand(attempt.outcome === 'succeeded', `A new record was pushed, and that ended as ${told(attempt)}.`)
  return { id, attempt, keys: await newKeys(context, before) }
}

/** Names of objects that the remote has got since; demands that there are some. */
export async function newKeys(context: CheckContext, before: Readonly<Record<string, unknown>>): Promise<string[]> {
  const keys = Object.keys(await context.holds()).filter((key) => !Object.hasOwn(before, key))
  demand(keys.length > 0, 'The provider reported success, but the remote holds nothing new: the call did not write.')
  return keys
}

export async function checkPushTwice(context: CheckContext): Promise<void> {
  const { id, attempt } = await pushNew(context)
  const noId = attempt.objects.find(({ action, remoteId }) => action === 'created' && remoteId === null)
  demand(
    !noId,
    `The result for ${noId?.objectType} ${noId?.idValue} has no remoteId: answer with the remote's id of it.`,
  )
  const held = await context.holds()
  const again = await context.push(id)
  demand(
    again.outcome === 'nothing_to_do' && isDeepStrictEqual(await context.holds(), held),
    `The same record, pushed again, ended as ${told(again)}, and the remote was changed.`,
  )
  if (context.options.without?.memory) return

  await forgetSent(context)
  const unknown = await context.push(id)
  const keys = Object.keys(await context.holds())
  demand(
    keys.length === Object.keys(held).length,
    `A record was pushed whose object the remote has and outbound-sync has forgotten (known is null). It made ${list(keys, held)} once more. Look the object up by externalIdField and idValue before creating it. The push ended as ${told(unknown)}.`,
  )
}

/** As after a restored backup, or when a second connection is made to the account. */
export async function forgetSent({ instance: { schema, executeSql }, connectionId }: CheckContext): Promise<void> {
  await executeSql(`delete from ${schema}.sync_link where connection_id = $1`, [connectionId])
  await executeSql(`delete from ${schema}.external_object where connection_id = $1`, [connectionId])
}

function list(keys: readonly string[], held: Readonly<Record<string, unknown>>): string {
  return keys.filter((key) => !Object.hasOwn(held, key)).join(', ')
}

export async function checkUnchanged(context: CheckContext): Promise<void> {
  const { id } = await pushNew(context)
  const held = await context.holds()
  const callCount = context.remote.calls.length
  const forced = await context.push(id, { isForced: true })
  const calls = context.remote.calls.slice(callCount)

  const reason = context.options.without?.memory
  if (reason) {
    demand(
      forced.outcome === 'succeeded' && calls.length > 0,
      `without.memory says "${reason}", but a record that was pushed by force was not sent again; it ended as ${told(forced)}. Take the exception away.`,
    )
    return
  }
  demand(
    forced.outcome === 'nothing_to_do',
    `A record that the remote holds already was pushed by force and ended as ${told(forced)}. Compare what assignProperties gives with what the remote holds; when nothing differs, write nothing and answer with the action nothing_to_do.`,
  )
  const { isWrite = writes } = context.options
  const [write] = calls.filter(isWrite)
  demand(
    !write,
    `The provider answered nothing_to_do, but had called ${write?.method} ${write?.path}. If that call changes nothing when nothing differs, say so by \`isWrite\`.`,
  )
  demand(
    isDeepStrictEqual(await context.holds(), held),
    'The provider answered nothing_to_do, but the remote holds something else than before.',
  )
}

function writes({ method }: RemoteCall): boolean {
  return !['GET', 'HEAD', 'OPTIONS'].includes(method)
}

// The verbs that a provider may have beside sending: each does what it says, also when it is asked twice.
import type { ObjectMapping } from '../sdk/mapping.ts'
import type { CheckContext } from './check-context.ts'
import { pushNew } from './check-pushes.ts'
import { demand, told } from './demand.ts'

export function deletingMappings(mappings: readonly ObjectMapping[]): readonly ObjectMapping[] {
  return mappings.map((mapping) => ({ ...mapping, whenNoLonger: 'delete' }))
}

/** With mappings that delete what no longer applies. */
export async function checkDeletion(context: CheckContext): Promise<void> {
  for (const isAnswerLost of [false, true]) {
    const { id, keys } = await pushNew(context)
    context.removeRecord(id)
    if (isAnswerLost) context.loseAnswerTo(1)
    const removed = await context.push(id)
    const last = (await context.job(id)) ? await context.tryAgain(id) : removed
    demand(
      last.outcome === 'gone' || last.outcome === 'succeeded',
      `A record was removed${isAnswerLost ? ', the answer to the deletion was lost,' : ''} and the ${isAnswerLost ? 'next try' : 'try'} ended as ${told(last)}. deleteObject must answer nothing_to_do for an object that is gone already.`,
    )
    const held = await context.holds()
    const left = keys.filter((key) => Object.hasOwn(held, key))
    demand(left.length === 0, `deleteObject reported success, but the remote still holds ${left.join(', ')}.`)
  }
}

export async function checkReading(context: CheckContext): Promise<void> {
  const { id, attempt } = await pushNew(context)
  const unsent = context.addRecord()
  const scope = 'organizer:conformance/event:reader'
  const mappings = context.mappings.map(
    (mapping): ObjectMapping => ({ ...mapping, mode: 'find', propertyMappings: [] }),
  )
  await context.connect({ scope, mappings })

  const found = await context.push(id, { scope })
  const wanted = attempt.objects.map(({ mapping, idValue, remoteId }) => `${mapping} ${idValue}: ${remoteId}`)
  const got = found.objects.map(({ mapping, idValue, remoteId }) => `${mapping} ${idValue}: ${remoteId}`)
  demand(
    found.outcome === 'succeeded' && wanted.every((one) => got.includes(one)),
    `Objects that were just sent were looked up, and that ended as ${told(found)} with ${got.join(', ') || 'nothing'} instead of ${wanted.join(', ')}. readObject must find an object by externalIdField and idValue, and answer with the remoteId it has there.`,
  )
  const missing = await context.push(unsent, { scope })
  demand(
    missing.outcome === 'skipped',
    `An object that the remote does not hold was looked up, and that ended as ${told(missing)}. readObject must answer with null.`,
  )
}

// The only verb that no worker calls: it is asked as a page asks it.
export async function checkConnectionTest({ instance, remote, connectionId }: CheckContext): Promise<void> {
  const test = () => instance.sync.operations.testConnection({ connectionId })
  const reached = await test()
  demand(
    reached.isOk,
    `testConnection failed although the remote answers and the settings are good: ${reached.message}`,
  )
  remote.fail({ kind: 'answer', answer: { status: 401 } }, { times: Number.POSITIVE_INFINITY })
  const refused = await test()
  demand(
    refused.code === 'authentication',
    `The remote refused the credentials with 401, but testConnection ${refused.isOk ? 'reported success' : `threw "${refused.message}"`}. Make a call that needs the credentials, and let the AuthenticationError through.`,
  )
}

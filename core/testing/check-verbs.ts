// The verbs that a provider may have beside sending: each does what it says, also when it is asked twice.
import { isErrorKind, messageOf } from '../errors.ts'
import { createConnectTcp } from '../http/connect-tcp.ts'
import { createEgressGuard } from '../http/egress-guard.ts'
import { createHttpClient } from '../http/http-client.ts'
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

const testLimitMs = 10_000

// The only verb that no worker calls: it is asked as a page would.
export async function checkConnectionTest(context: CheckContext): Promise<void> {
  const { options, remote, connectionId } = context
  const { provider: Provider, settings } = options
  const egressGuard = createEgressGuard({ allow: ['127.0.0.0/8', '::1'] })
  const http = createHttpClient({ egressGuard, userAgent: 'outbound-sync-testing' })
  const given = settings(remote.origin)
  const provider = new Provider({
    connection: { id: connectionId, name: 'Test', scope: '' },
    settings: Provider.settings?.parse(given) ?? {},
    mappings: context.mappings,
    http,
    connectTcp: createConnectTcp({ egressGuard }),
    log: { debug() {}, info() {}, warn() {}, error() {} },
  })
  const test = async () => provider.testConnection?.({ signal: AbortSignal.timeout(testLimitMs) })
  try {
    const reached = await test().catch((error: unknown) => {
      throw new Error(
        `testConnection failed although the remote answers and the settings are good: ${messageOf(error)}`,
      )
    })
    demand(reached?.message, 'testConnection must say in a sentence what was reached, as { message }.')
    remote.fail({ kind: 'answer', answer: { status: 401 } }, { times: Number.POSITIVE_INFINITY })
    const refused = await test().then(
      () => null,
      (error: unknown) => error,
    )
    demand(
      isErrorKind(refused, 'AuthenticationError'),
      `The remote refused the credentials with 401, but testConnection ${refused ? `threw "${messageOf(refused)}"` : 'reported success'}. Make a call that needs the credentials, and let the AuthenticationError through.`,
    )
  } finally {
    await provider.close()
    await remote.close()
    await http.close()
  }
}

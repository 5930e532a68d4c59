// When the remote refuses: what each refusal means is decided by the class of the error, so the provider must let the HTTP
// client's errors through, or throw the right ones itself.
import type { CheckContext } from './check-context.ts'
import { newKeys } from './check-pushes.ts'
import { demand, told } from './demand.ts'
import type { RemoteFault } from './remote-faults.ts'

const refusal = (status: number, headers: Readonly<Record<string, string>> = {}): RemoteFault => ({
  kind: 'answer',
  answer: { status, headers, body: { message: `Refused with ${status} by the fake remote` } },
})

export async function checkUnauthorized(context: CheckContext): Promise<void> {
  const before = await context.holds()
  const fault = context.remote.fail(refusal(401), { times: Number.POSITIVE_INFINITY })
  const id = context.addRecord()
  const refused = await context.push(id)
  demand(
    refused.outcome === 'reconnect' && refused.failedAttempts === 0,
    `The remote answered 401, and the try ended as ${told(refused)} with ${refused.failedAttempts} failed attempts used. Let the HTTP client's AuthenticationError through (no expectStatus or classifyResponse for 401), so that the connection asks for new credentials and the record waits.`,
  )
  fault.end()
  // Somebody saves the settings again.
  await context.connect()
  const arrived = await context.settle(id)
  demand(arrived.outcome === 'succeeded', `After the connection was renewed the record ended as ${told(arrived)}.`)
  await newKeys(context, before)
}

const toldSeconds = 600
/** Ours is up to a tenth longer than what we are told. */
const longestSeconds = 661

export async function checkRateLimited(context: CheckContext): Promise<void> {
  const before = await context.holds()
  const { instance, remote } = context
  const fault = remote.fail(refusal(429, { 'retry-after': String(toldSeconds) }), { times: Number.POSITIVE_INFINITY })
  const id = context.addRecord()
  const limited = await context.push(id)
  demand(
    limited.outcome === 'rate_limited' && limited.failedAttempts === 0,
    `The remote answered 429 with Retry-After: ${toldSeconds}, and the try ended as ${told(limited)} with ${limited.failedAttempts} failed attempts used. Let the HTTP client's RateLimitedError through (no expectStatus or classifyResponse for 429): it uses no attempt, and the whole account waits.`,
  )
  const opensInMs = (await context.job(id))?.gateOpensInMs ?? 0
  demand(
    opensInMs > (toldSeconds - 10) * 1000 && opensInMs <= longestSeconds * 1000,
    `The remote asked for ${toldSeconds} seconds, and the account waits for ${Math.round(opensInMs / 1000)}. Give what Retry-After says to the RateLimitedError as retryAt.`,
  )
  fault.end()
  const callCount = remote.calls.length
  await instance.advance((toldSeconds - 10) * 1000)
  await instance.drain()
  demand(remote.calls.length === callCount, 'The remote was called again before the time it had asked for was over.')
  await instance.advance((longestSeconds - toldSeconds + 10) * 1000)
  const arrived = await context.settle(id)
  demand(arrived.outcome === 'succeeded', `When the limit was over the record ended as ${told(arrived)}.`)
  await newKeys(context, before)
}

export async function checkServerError(context: CheckContext): Promise<void> {
  const before = await context.holds()
  const fault = context.remote.fail(refusal(500), { times: Number.POSITIVE_INFINITY })
  const id = context.addRecord()
  const failed = await context.push(id)
  demand(
    healsByWaiting(failed.outcome),
    `The remote answered 500, and the try ended as ${told(failed)}. Let the HTTP client's RetryableError through (no expectStatus or classifyResponse for 500): the record is tried again later.`,
  )
  fault.end()
  const arrived = await context.tryAgain(id)
  demand(arrived.outcome === 'succeeded', `When the remote was back the record ended as ${told(arrived)}.`)
  await newKeys(context, before)
}

/** `exceeded` is what the last attempt of those that heal by waiting ends in. */
export function healsByWaiting(outcome: string): boolean {
  return outcome === 'retry' || outcome === 'exceeded'
}

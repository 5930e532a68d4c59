// Asks the remote of a connection something for a page: with a provider of its own and the connection's credentials, within
// a time limit. What goes wrong is told and not thrown, without secrets.
import { isErrorKind, messageOf, RequestTimeoutError, TransitionError } from '../errors.ts'
import { redactText } from '../http/redact.ts'
import type { HttpClient } from '../sdk/http-client.ts'
import type { OutboundSyncProvider } from '../sdk/provider.ts'
import { createConnectionClient } from './connection-client.ts'
import { findProvider } from './find-provider.ts'
import type { ConnectionTestContext } from './test-connection.ts'

export interface RemoteQuestion<Answer> {
  connectionId: string
  limitMs: number
  /** Must only read. */
  ask(remote: AskedRemote): Promise<Answer>
}

export interface AskedRemote {
  provider: OutboundSyncProvider
  http: HttpClient
  signal: AbortSignal
  /** What an error says, without secrets. */
  messageOf(error: unknown): string
}

export type RemoteAnswer<Answer> = { isAnswered: true; answer: Answer } | { isAnswered: false; message: string }

/** Throws for a connection that does not exist. */
export async function askRemote<Answer>(
  { catalog, http, connectTcp, grants, log, load }: ConnectionTestContext,
  { connectionId, limitMs, ask }: RemoteQuestion<Answer>,
): Promise<RemoteAnswer<Answer>> {
  const connection = await load(connectionId)
  if (!connection || connection.state === 'deleted') {
    throw new TransitionError(`Cannot ask the remote of the connection ${connectionId}: it does not exist.`)
  }
  const { id, name, scope, settings, mappings, secrets } = connection
  const tooLate = new RequestTimeoutError(`The remote did not answer within ${limitMs / 1000} seconds.`)
  const controller = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const outOfTime = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(tooLate)
      controller.abort(tooLate)
    }, limitMs)
  })
  const told = (error: unknown): string => redactText(messageOf(error), secrets.all())
  let provider: OutboundSyncProvider | null = null
  const work = async (): Promise<Answer> => {
    if (connection.error) throw connection.error
    const { provider: providerClass } = findProvider(catalog, {
      identifier: connection.provider,
      version: connection.providerVersion,
    })
    const client = createConnectionClient({
      connection,
      http,
      memory: grants.memoryOf(connection),
      classifyResponse: (response, request) => provider?.classifyResponse?.(response, request),
      log,
    })
    const context = { connection: { id, name, scope }, settings, mappings, http: client, connectTcp, log }
    const instance = new providerClass(context)
    provider = instance
    return ask({ provider: instance, http: client, signal: controller.signal, messageOf: told })
  }
  try {
    return { isAnswered: true, answer: await Promise.race([work(), outOfTime]) }
  } catch (error) {
    if (!isErrorKind(error, 'OutboundSyncError')) {
      log.warn({ connection: id, error: told(error) }, 'The remote could not be asked')
    }
    return { isAnswered: false, message: told(error) }
  } finally {
    clearTimeout(timer)
    await closeProvider(provider).catch((error: unknown) => {
      log.warn({ connection: id, error: messageOf(error) }, 'A provider failed to close')
    })
  }
}

async function closeProvider(provider: OutboundSyncProvider | null): Promise<void> {
  await provider?.close()
}

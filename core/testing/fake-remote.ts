// A remote system for tests: a real HTTP server on loopback that runs a small model in memory, keeps a ledger of all calls
// and fails on demand.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { messageOf } from '../errors.ts'
import {
  type RemoteAnswer,
  type RemoteHandler,
  type RemoteRequest,
  readRequest,
  sendAnswer,
} from './remote-exchange.ts'
import {
  type ActiveFault,
  answerOfFault,
  createFault,
  type FaultHandle,
  type FaultOptions,
  type RemoteFault,
} from './remote-faults.ts'

/** A line of the ledger. */
export interface RemoteCall extends RemoteRequest {
  /** What went out; null while it is under way, when the answer was lost and when the caller had gone. */
  answer: RemoteAnswer | null
  /** What it met. */
  fault: RemoteFault['kind'] | null
}

export interface FakeRemote {
  /** For example `http://127.0.0.1:40123`. */
  readonly origin: string
  /** Every call since the start or the last `clear()`, oldest first. */
  readonly calls: readonly RemoteCall[]
  /** Orders a fault for the next calls that match. The one ordered first is met first. */
  fail(fault: RemoteFault, options?: FaultOptions): FaultHandle
  /** Forgets the calls and ends all faults. What the model holds is the model's. */
  clear(): void
  /** Cuts what is under way. May be called again. */
  close(): Promise<void>
}

export async function startFakeRemote(handler: RemoteHandler): Promise<FakeRemote> {
  const calls: RemoteCall[] = []
  let faults: ActiveFault[] = []

  const server = createServer((incoming, response) => {
    // A caller that leaves while its request is read is no fault of the remote's.
    serve(incoming, response).catch(() => response.destroy())
  })
  // Longer than any client keeps an idle connection, so that no call meets one that is just closing.
  server.keepAliveTimeout = 75_000

  async function serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = await readRequest(incoming)
    const call: RemoteCall = { ...request, answer: null, fault: null }
    calls.push(call)
    const { fault = null, met = null } = meetFault(request) ?? {}
    call.fault = fault?.kind ?? null
    if (fault?.kind === 'hang' && met && !(await staysUntil(met.released, response))) return met.tellGivenUp()

    const given = fault && answerOfFault(fault)
    const answer = given ?? (await askModel(request))
    if (answer === 'lost' || fault?.kind === 'lost_answer') {
      incoming.socket.resetAndDestroy()
      return
    }
    if (response.destroyed) return
    call.answer = answer
    sendAnswer(response, answer)
  }

  function meetFault(request: RemoteRequest) {
    for (const { fault, meet } of faults) {
      const met = meet(request)
      if (met) return { fault, met }
    }
    return null
  }

  async function askModel(request: RemoteRequest): Promise<RemoteAnswer | 'lost'> {
    try {
      return await handler(request)
    } catch (error) {
      return { status: 500, body: { message: `The model of the fake remote failed: ${messageOf(error)}` } }
    }
  }

  const clear = (): void => {
    calls.splice(0)
    for (const { handle } of faults) handle.end()
    faults = []
  }

  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  let closing: Promise<void> | null = null

  return Object.freeze({
    origin: `http://127.0.0.1:${port}`,
    calls,
    fail(fault, options) {
      const active = createFault(fault, options)
      faults.push(active)
      return active.handle
    },
    clear,
    close() {
      closing ??= new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
      return closing
    },
  } satisfies FakeRemote)
}

// False when the caller has gone before.
function staysUntil(released: Promise<void>, response: ServerResponse): Promise<boolean> {
  return new Promise((resolve) => {
    response.once('close', () => resolve(false))
    released.then(() => resolve(!response.destroyed))
  })
}

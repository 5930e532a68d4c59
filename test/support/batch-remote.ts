// A remote that takes many objects in one call and answers later: an HTTP server with a ledger. It applies every
// idempotency key once, and counts keys that came again, calls for one object that overlapped, and questions.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'

const batchSchema = z.object({
  objects: z.array(
    z.object({ type: z.string(), id: z.string(), key: z.string(), values: z.record(z.string(), z.json()) }),
  ),
})
export type RemoteInput = z.infer<typeof batchSchema>['objects'][number]

export interface BatchRemote {
  port: number
  baseUrl: string
  /** What was submitted, a list a call. */
  readonly batches: readonly { id: string; objects: readonly RemoteInput[]; isAnswered: boolean }[]
  /** How often each batch was asked for. */
  readonly questions: Map<string, number>
  /** Objects that were sent although an earlier call for the same one had no answer yet. */
  readonly overlaps: string[]
  /** Keys that were submitted more than once; they were applied once. */
  readonly resentKeys: Set<string>
  /** By `type/id`: what was last applied. */
  readonly objects: Map<string, { remoteId: string; values: Record<string, unknown>; appliedCount: number }>
  /** From now on batches are answered after this; Infinity: never. @default 0 */
  answerAfterMs: number
  /** Answers to anything but 200 with this status, once each. */
  readonly failures: { path: 'submit' | 'ask'; status: number }[]
  /** Calls of this kind are carried out and their answers held back, until it is null again. */
  hold: 'submit' | 'ask' | null
  readonly heldCount: number
  /** Why the remote refuses an object; null takes it. */
  refuse(object: RemoteInput): string | null
  close(): Promise<void>
}

export async function startBatchRemote(): Promise<BatchRemote> {
  const batches: { id: string; objects: RemoteInput[]; at: number; isAnswered: boolean }[] = []
  const submittedKeys = new Set<string>()
  const appliedKeys = new Set<string>()
  const isOpen = new Map<string, string>()

  const submit = (objects: RemoteInput[]): { id: string } => {
    for (const object of objects) {
      const name = `${object.type}/${object.id}`
      if (submittedKeys.has(object.key)) remote.resentKeys.add(object.key)
      if ((isOpen.get(name) ?? object.key) !== object.key) remote.overlaps.push(name)
      isOpen.set(name, object.key)
    }
    const id = `batch-${batches.length + 1}`
    batches.push({ id, objects, at: performance.now(), isAnswered: false })
    for (const { key } of objects) submittedKeys.add(key)
    return { id }
  }

  const resultOf = (object: RemoteInput): object => {
    const name = `${object.type}/${object.id}`
    const error = remote.refuse(object)
    if (isOpen.get(name) === object.key) isOpen.delete(name)
    if (error) return { key: object.key, error }
    const known = remote.objects.get(name)
    const remoteId = known?.remoteId ?? `r-${remote.objects.size + 1}`
    if (!appliedKeys.has(object.key)) {
      appliedKeys.add(object.key)
      remote.objects.set(name, { remoteId, values: object.values, appliedCount: (known?.appliedCount ?? 0) + 1 })
    }
    return { key: object.key, remoteId, isNew: !known }
  }

  const ask = (id: string): object => {
    const batch = batches.find((one) => one.id === id)
    if (!batch) return { error: 'no such batch' }
    remote.questions.set(id, (remote.questions.get(id) ?? 0) + 1)
    if (!batch.isAnswered && performance.now() - batch.at < remote.answerAfterMs) return { isDone: false }
    const isFirst = !batch.isAnswered
    batch.isAnswered = true
    if (isFirst) answers.set(id, { isDone: true, results: batch.objects.map(resultOf) })
    return answers.get(id) ?? {}
  }
  const answers = new Map<string, object>()
  let heldCount = 0

  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += String(chunk)
    const path = request.method === 'POST' ? 'submit' : 'ask'
    const failure = remote.failures.findIndex((one) => one.path === path)
    if (failure >= 0) {
      const [{ status } = { status: 500 }] = remote.failures.splice(failure, 1)
      return void response.writeHead(status).end()
    }
    const answer =
      path === 'submit'
        ? submit(batchSchema.parse(JSON.parse(body)).objects)
        : ask(decodeURIComponent((request.url ?? '').slice('/batches/'.length)))
    if (remote.hold === path) {
      heldCount++
      while (remote.hold === path && !request.socket.destroyed) await delay(10)
      heldCount--
    }
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo

  const remote: BatchRemote = {
    port,
    baseUrl: `http://127.0.0.1:${port}`,
    batches,
    questions: new Map(),
    overlaps: [],
    resentKeys: new Set(),
    objects: new Map(),
    answerAfterMs: 0,
    failures: [],
    hold: null,
    get heldCount() {
      return heldCount
    },
    refuse: () => null,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
  return remote
}

// A remote in a process of its own, with a ledger: keeps objects in memory, upserts them, and counts every call, every
// object and every overlap of two calls for one object. It can be slow, and can break connections after it has written.
import { createServer } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'

export interface RemoteSettings {
  /** Before it answers. */
  latencyMs: number
  /** Share of calls that are carried out and then reset instead of answered. */
  resetShare: number
}

export interface RemoteCounts {
  objectCount: number
  callCount: number
  overlapCount: number
  /** Calls for an object whose idempotency key differs from an earlier one's with the same body. */
  keyMismatchCount: number
}

interface RemoteObject {
  id: number
  body: string
  callsUnderWay: number
  keyByBody: Map<string, string>
}

const objects = new Map<string, RemoteObject>()
let settings: RemoteSettings = { latencyMs: 0, resetShare: 0 }
let counts = { callCount: 0, overlapCount: 0, keyMismatchCount: 0 }
let nextId = 1
// A fixed sequence, so that a failing run can be repeated.
let seed = 42
const random = (): number => {
  seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
  return seed / 2_147_483_648
}

const server = createServer(async (request, response) => {
  const key = request.url ?? ''
  let body = ''
  for await (const chunk of request) body += String(chunk)
  const isNew = !objects.has(key)
  const object = objects.get(key) ?? { id: nextId++, body, callsUnderWay: 0, keyByBody: new Map() }
  objects.set(key, object)
  counts.callCount++
  if (++object.callsUnderWay > 1) counts.overlapCount++
  object.body = body
  const idempotencyKey = String(request.headers['idempotency-key'] ?? '')
  if ((object.keyByBody.get(body) ?? idempotencyKey) !== idempotencyKey) counts.keyMismatchCount++
  object.keyByBody.set(body, idempotencyKey)
  if (settings.latencyMs > 0) await delay(settings.latencyMs)
  object.callsUnderWay--
  if (settings.resetShare > 0 && random() < settings.resetShare) {
    request.socket.resetAndDestroy()
    return
  }
  const answer = JSON.stringify({ id: String(object.id), isNew })
  response
    .writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(answer) })
    .end(answer)
})

server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  if (typeof address === 'object' && address) process.send?.({ port: address.port })
})

type Message = { ask: 'counts' } | { ask: 'clear' } | { ask: 'bodies' } | { ask: 'set'; settings: RemoteSettings }

process.on('message', (message: Message) => {
  if (message.ask === 'clear') {
    objects.clear()
    counts = { callCount: 0, overlapCount: 0, keyMismatchCount: 0 }
  }
  if (message.ask === 'set') settings = message.settings
  if (message.ask === 'bodies') process.send?.([...objects].map(([key, { body }]) => [key, JSON.parse(body)]))
  else process.send?.({ objectCount: objects.size, ...counts })
})
process.on('disconnect', () => process.exit(0))

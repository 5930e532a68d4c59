// A remote in a process of its own, with a ledger: keeps objects in memory and counts every call, every object and every
// overlap of two calls for one object. PUT /<type>/<external id> upserts; GET /<type>?externalId= searches, POST /<type>
// creates (409 with the id when it is there), PATCH /<type>/<id> updates. Bodies of the latter: { externalId, properties }.
// It can be slow, late, behind in its search, fail after it has written, and refuse writes for a while.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'

export interface Refusal {
  /** Writes to paths that begin with this are refused, from the first one on. */
  path: string
  status: number
  forMs: number
  /** What Retry-After says: the seconds that are left, the date of the end by the remote's own clock, or these words. */
  tells: 'seconds' | 'date' | { words: string }
  /** How far the remote's clock is behind. */
  clockIsSlowMs?: number
}

export interface RemoteSettings {
  /** Before it answers. */
  latencyMs: number
  /** Shares of writes that are carried out and then reset, answered with 500, or never answered. */
  resetShare: number
  errorShare: number
  silentShare: number
  /** A new object is found this much later. */
  searchLagMs: number
  /** So many of the next writes are held before they are carried out, until `release`. */
  holdNextCount: number
  refusal: Refusal | null
}

export interface RemoteCounts {
  objectCount: number
  /** Writes: PUT, POST and PATCH. */
  callCount: number
  searchCount: number
  overlapCount: number
  /** Calls for an object whose idempotency key differs from an earlier one's with the same body. */
  keyMismatchCount: number
  /** Writes carried out once more under a key under which that object was written before. */
  resentCount: number
  conflictCount: number
  /** Writes carried out and not answered as such. */
  faultCount: number
  /** Writes that wait for `release`. */
  heldCount: number
  /** Writes refused since the refusal was set. */
  refusedCount: number
  /** From the first one refused to the first one accepted after it, once that has come. */
  refusalMs: number | null
}

interface RemoteObject {
  id: number
  body: string
  createdAt: number
  callsUnderWay: number
  writtenKeys: Set<string>
  keyByBody: Map<string, string>
}

const calmSettings: RemoteSettings = {
  latencyMs: 0,
  resetShare: 0,
  errorShare: 0,
  silentShare: 0,
  searchLagMs: 0,
  holdNextCount: 0,
  refusal: null,
}

interface Answer {
  status: number
  body: unknown
}

/** By `/<type>/<external id>`. */
const objects = new Map<string, RemoteObject>()
const keysById = new Map<string, string>()
let settings = { ...calmSettings }
const noCounts = {
  callCount: 0,
  searchCount: 0,
  overlapCount: 0,
  keyMismatchCount: 0,
  resentCount: 0,
  conflictCount: 0,
  faultCount: 0,
}
let counts = { ...noCounts }
const noRefusals = { refusedCount: 0, refusalMs: null }
let refusals: Pick<RemoteCounts, 'refusedCount' | 'refusalMs'> = { ...noRefusals }
let refusedAt: number | null = null
let nextId = 1
const held = new Set<() => void>()
// A fixed sequence, so that a failing run can be repeated.
let seed = 42
const random = (): number => {
  seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
  return seed / 2_147_483_648
}

const server = createServer(async (request, response) => {
  let text = ''
  for await (const chunk of request) text += String(chunk)
  const url = new URL(request.url ?? '/', 'http://remote')
  if (request.method === 'GET') {
    counts.searchCount++
    if (settings.latencyMs > 0) await delay(settings.latencyMs)
    return send(response, search(url))
  }
  await answerWrite(request, response, url, text)
})

async function answerWrite(request: IncomingMessage, response: ServerResponse, url: URL, text: string): Promise<void> {
  counts.callCount++
  const refusal = refusalOf(url.pathname)
  if (refusal) {
    response.writeHead(refusal.status, refusal.headers).end()
    return
  }
  if (settings.holdNextCount > 0) {
    settings.holdNextCount--
    await new Promise<void>((resolve) => held.add(resolve))
  }
  const write = writeOf(request.method ?? '', url.pathname, text)
  if (!write) return send(response, { status: 404, body: { message: 'No such object' } })
  const idempotencyKey = String(request.headers['idempotency-key'] ?? '')
  const { answer, object } = carryOut(write, idempotencyKey)
  if (settings.latencyMs > 0) await delay(settings.latencyMs)
  object.callsUnderWay--
  if (answer.status < 400 && fails(request, response)) return
  send(response, answer)
}

function refusalOf(path: string): { status: number; headers: Record<string, string> } | null {
  const { refusal } = settings
  if (!refusal || !path.startsWith(refusal.path)) return null
  const now = performance.now()
  refusedAt ??= now
  const leftMs = refusedAt + refusal.forMs - now
  if (leftMs <= 0) {
    refusals.refusalMs ??= now - refusedAt
    return null
  }
  refusals.refusedCount++
  const clock = Date.now() - (refusal.clockIsSlowMs ?? 0)
  const headers = { date: new Date(clock).toUTCString(), 'retry-after': retryAfterOf(refusal, { leftMs, clock }) }
  return { status: refusal.status, headers }
}

// Whole seconds, never less than is left.
function retryAfterOf({ tells }: Refusal, { leftMs, clock }: { leftMs: number; clock: number }): string {
  if (tells === 'seconds') return String(Math.ceil(leftMs / 1000))
  if (tells === 'date') return new Date(Math.ceil((clock + leftMs) / 1000) * 1000).toUTCString()
  return tells.words
}

interface Write {
  key: string
  body: string
  mustBeNew: boolean
}

function writeOf(method: string, path: string, text: string): Write | null {
  if (method === 'PUT') return { key: path, body: text, mustBeNew: false }
  const { externalId, properties } = JSON.parse(text) as { externalId: string; properties: object }
  const body = JSON.stringify(properties)
  if (method === 'POST') return { key: `${path}/${externalId}`, body, mustBeNew: true }
  const key = keysById.get(path)
  return key === undefined ? null : { key, body, mustBeNew: false }
}

function carryOut({ key, body, mustBeNew }: Write, idempotencyKey: string): { answer: Answer; object: RemoteObject } {
  const known = objects.get(key)
  const object = known ?? createObject(key, body)
  if (++object.callsUnderWay > 1) counts.overlapCount++
  if (known && mustBeNew) {
    counts.conflictCount++
    return { answer: { status: 409, body: { message: 'It exists already', id: String(known.id) } }, object }
  }
  object.body = body
  if ((object.keyByBody.get(body) ?? idempotencyKey) !== idempotencyKey) counts.keyMismatchCount++
  object.keyByBody.set(body, idempotencyKey)
  if (object.writtenKeys.has(idempotencyKey)) counts.resentCount++
  object.writtenKeys.add(idempotencyKey)
  return { answer: { status: 200, body: { id: String(object.id), isNew: !known } }, object }
}

function createObject(key: string, body: string): RemoteObject {
  const object: RemoteObject = {
    id: nextId++,
    body,
    createdAt: performance.now(),
    callsUnderWay: 0,
    writtenKeys: new Set(),
    keyByBody: new Map(),
  }
  objects.set(key, object)
  keysById.set(`${key.slice(0, key.lastIndexOf('/'))}/${object.id}`, key)
  return object
}

function search(url: URL): Answer {
  const object = objects.get(`${url.pathname}/${url.searchParams.get('externalId')}`)
  const isFound = object && performance.now() - object.createdAt >= settings.searchLagMs
  return { status: 200, body: { ids: isFound ? [String(object.id)] : [] } }
}

/** True when this write is carried out, but its caller is not told so. */
function fails(request: IncomingMessage, response: ServerResponse): boolean {
  const { resetShare, errorShare, silentShare } = settings
  if (resetShare + errorShare + silentShare === 0) return false
  const drawn = random()
  if (drawn >= resetShare + errorShare + silentShare) return false
  counts.faultCount++
  if (drawn < resetShare) request.socket.resetAndDestroy()
  else if (drawn < resetShare + errorShare) send(response, { status: 500, body: { message: 'Something broke' } })
  return true
}

function send(response: ServerResponse, { status, body }: Answer): void {
  const text = JSON.stringify(body)
  response
    .writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
    .end(text)
}

server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  if (typeof address === 'object' && address) process.send?.({ port: address.port })
})

type Message = { ask: 'counts' | 'clear' | 'bodies' | 'release' } | { ask: 'set'; settings: Partial<RemoteSettings> }

process.on('message', (message: Message) => {
  if (message.ask === 'clear') {
    objects.clear()
    keysById.clear()
    counts = { ...noCounts }
  }
  if (message.ask === 'set') {
    settings = { ...calmSettings, ...message.settings }
    refusals = { ...noRefusals }
    refusedAt = null
  }
  if (message.ask === 'release') {
    for (const release of held) release()
    held.clear()
  }
  if (message.ask === 'bodies') process.send?.([...objects].map(([key, { body }]) => [key, JSON.parse(body)]))
  else process.send?.({ objectCount: objects.size, heldCount: held.size, ...counts, ...refusals })
})
process.on('disconnect', () => process.exit(0))

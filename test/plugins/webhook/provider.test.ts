import assert from 'node:assert/strict'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import { after, before, beforeEach, describe, it } from 'node:test'
import { Webhook, WebhookVerificationError } from 'standardwebhooks'
import { validateMapping } from '../../../core/mapping/validate-mapping.ts'
import { checkPlugin } from '../../../core/registry/check-plugin.ts'
import {
  isErrorKind,
  isPlugin,
  NetworkError,
  type PluginContext,
  type Property,
  RateLimitedError,
  secretSettings,
  signalNames,
} from '../../../core/sdk/index.ts'
import webhook from '../../../plugins/webhook/index.ts'
import { WebhookSync } from '../../../plugins/webhook/provider.ts'
import { mappableShopModels } from '../../support/mappable-shop-models.ts'
import { createRecordingHttpClient, type RecordingHttpClient } from '../../support/recording-http-client.ts'
import { refuseTcp } from '../../support/refuse-tcp.ts'
import { syncArgs } from '../../support/sync-args.ts'

const signingSecret = `whsec_${Buffer.alloc(32, 5).toString('base64')}`
const signal = new AbortController().signal

let receiver: Server
let url: string
let http: RecordingHttpClient
let answer: { status: number; headers?: Record<string, string> }
const received: { method: string | undefined; headers: IncomingHttpHeaders; body: string }[] = []

before(async () => {
  http = createRecordingHttpClient()
  receiver = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    received.push({ method: request.method, headers: request.headers, body: Buffer.concat(chunks).toString('utf8') })
    response.writeHead(answer.status, answer.headers).end()
  })
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', () => resolve()))
  const address = receiver.address()
  assert.ok(typeof address === 'object' && address)
  url = `http://127.0.0.1:${address.port}/hooks?from=shop`
})
after(async () => {
  await http.close()
  await new Promise((resolve) => receiver.close(resolve))
})
beforeEach(() => {
  answer = { status: 204 }
  received.splice(0)
})

function provider(previousSigningSecret?: string): WebhookSync {
  const connection = { id: 'c1', name: 'Our hooks', scope: '' }
  const log = { debug() {}, info() {}, warn() {}, error() {} }
  return new WebhookSync({
    connection,
    settings: { url, signingSecret, previousSigningSecret },
    mappings: [],
    http,
    connectTcp: refuseTcp,
    log,
  })
}

const properties: Property[] = [
  ['total', '12.50', 'overwrite'],
  ['tags', ['a', 'ü'], 'overwrite'],
  ['note', null, 'overwrite'],
]

function send(
  options: Partial<Parameters<typeof syncArgs>[0]> = {},
): ReturnType<WebhookSync['syncObjectWithProperties']> {
  return provider().syncObjectWithProperties(
    syncArgs({ http, externalObjectType: 'message', externalIdField: 'id', idValue: 'N-1', properties, ...options }),
  )
}

const known = { remoteId: 'N-1', idValue: 'N-1', customs: null, sentValues: {} }

function verified(index = 0): { type: string; timestamp: string; data: unknown } {
  const message = received[index]
  assert.ok(message)
  const headers = Object.fromEntries(
    ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) => [name, String(message.headers[name])]),
  )
  // The library throws unless the signature is right and the time is now; what it returns is the parsed body.
  return new Webhook(signingSecret).verify(message.body, headers) as ReturnType<typeof verified>
}

describe('a message', () => {
  it('is posted as JSON with type, time and data, and verifies with the reference library', async () => {
    const result = await send({ idempotencyKey: 'b'.repeat(64) })
    assert.deepEqual(result, { action: 'created', remoteId: 'N-1', externalLinkDisplayName: 'N-1' })
    assert.equal(received.length, 1)
    assert.equal(received[0]?.method, 'POST')
    assert.equal(received[0]?.headers['content-type'], 'application/json')
    assert.equal(received[0]?.headers['webhook-id'], 'b'.repeat(64))
    const { type, timestamp, data } = verified()
    assert.equal(type, 'order.created')
    assert.ok(Math.abs(Date.now() - Date.parse(timestamp)) < 60_000)
    assert.deepEqual(data, { id: 'N-1', total: '12.50', tags: ['a', 'ü'], note: null })
  })

  it('verifies with the old and with the new secret while both are in the settings', async () => {
    const previous = `whsec_${Buffer.alloc(32, 6).toString('base64')}`
    await provider(previous).testConnection({ signal: new AbortController().signal })
    verified()
    const message = received[0]
    assert.ok(message)
    new Webhook(previous).verify(message.body, message.headers as Record<string, string>)
  })

  it('does not verify when its body was changed or another secret was used', async () => {
    await send()
    const message = received[0]
    assert.ok(message)
    message.body = message.body.replace('12.50', '99.99')
    assert.throws(() => verified(), WebhookVerificationError)
    message.body = message.body.replace('99.99', '12.50')
    verified()
    const headers = { ...message.headers } as Record<string, string>
    const other = new Webhook(`whsec_${Buffer.alloc(32, 6).toString('base64')}`)
    assert.throws(() => other.verify(message.body, headers), WebhookVerificationError)
  })

  it('keeps its id when it is sent again', async () => {
    await send({ idempotencyKey: 'same' })
    await send({ idempotencyKey: 'same' })
    assert.deepEqual(
      received.map(({ headers }) => headers['webhook-id']),
      ['same', 'same'],
    )
  })

  it('names what it is about and what happened', async () => {
    await send({ sourceModel: 'OrderPosition', known })
    await send({ operation: 'delete', known, properties: [] })
    assert.deepEqual([verified(0).type, verified(1).type], ['order_position.updated', 'order.deleted'])
    assert.deepEqual(verified(1).data, { id: 'N-1' })
  })
})

describe('mapping modes', () => {
  it('create sends once, update only what was sent before', async () => {
    assert.equal((await send({ mode: 'create', known }))?.action, 'nothing_to_do')
    assert.equal(await send({ mode: 'update' }), null)
    assert.equal(received.length, 0)
    assert.equal((await send({ mode: 'create' }))?.action, 'created')
    assert.equal((await send({ mode: 'update', known }))?.action, 'updated')
    assert.equal(received.length, 2)
  })

  it('find is a mistake in the mapping', async () => {
    await assert.rejects(send({ mode: 'find' }), (error) => isErrorKind(error, 'MappingError'))
  })
})

describe('the answer of the receiver', () => {
  const table: [number, 'ok' | Parameters<typeof isErrorKind>[1]][] = [
    [200, 'ok'],
    [202, 'ok'],
    [299, 'ok'],
    [301, 'PermanentError'],
    [400, 'PermanentError'],
    [401, 'AuthenticationError'],
    [410, 'SyncConfigError'],
    [429, 'RateLimitedError'],
    [500, 'RetryableError'],
    [502, 'RetryableError'],
    [504, 'RetryableError'],
  ]
  for (const [status, outcome] of table) {
    it(`${status} is ${outcome}`, async () => {
      answer = { status, headers: status === 301 ? { location: `${url}&moved` } : {} }
      if (outcome === 'ok') assert.equal((await send())?.action, 'created')
      else await assert.rejects(send(), (error) => isErrorKind(error, outcome))
      assert.equal(received.length, 1)
    })
  }

  it('410 says what to do', async () => {
    answer = { status: 410 }
    await assert.rejects(send(), /410 Gone: it wants no more messages\. Put another address into the settings/)
  })
})

describe('retries', () => {
  const now = new Date('2026-01-01T00:00:00Z')
  const delayMs = (failedAttempts: number, error: unknown = new NetworkError('x')): number | null => {
    const date = provider().nextRetryDate({ failedAttempts, firstFailedAt: now, now }, error)
    return date && date.getTime() - now.getTime()
  }

  it('come within seconds at first and are spread over three days', () => {
    const first = delayMs(1) ?? 0
    assert.ok(first >= 5_000 && first <= 5_500)
    let total = 0
    for (let attempt = 1; attempt < WebhookSync.maxAttempts; attempt++) {
      const delay = delayMs(attempt) ?? 0
      assert.ok(attempt === 1 || delay > (delayMs(attempt - 1) ?? 0))
      total += delay
    }
    assert.ok(total > 2.9 * 86_400_000 && total < 3.5 * 86_400_000)
  })

  it('leave the date to the receiver that names one', () => {
    assert.equal(delayMs(1, new RateLimitedError('x')), null)
  })
})

describe('the connection', () => {
  it('is tested by a signed ping', async () => {
    const { message } = await provider().testConnection({ signal })
    assert.match(message, /answered with 204/)
    assert.deepEqual([verified().type, verified().data], ['ping', { connection: 'Our hooks' }])
    answer = { status: 410 }
    await assert.rejects(provider().testConnection({ signal }), (error) => isErrorKind(error, 'SyncConfigError'))
  })

  it('keeps the signing secret sealed, and is another account at another address', () => {
    assert.deepEqual(secretSettings(WebhookSync.settings), ['signingSecret', 'previousSigningSecret'])
    assert.deepEqual(WebhookSync.accountSettings, ['url'])
  })

  it('refuses settings that cannot work', () => {
    const isValid = (settings: object): boolean => WebhookSync.settings.safeParse(settings).success
    assert.equal(isValid({ url, signingSecret }), true)
    assert.equal(isValid({ url: 'ftp://x.example', signingSecret }), false)
    assert.equal(isValid({ url, signingSecret: 'secret' }), false)
    assert.equal(isValid({ url }), false)
  })
})

describe('the plugin webhook', () => {
  it('is a plugin whose proposed mapping fits the ticket shop and its own object type', async () => {
    assert.ok(isPlugin(webhook))
    assert.equal(checkPlugin(webhook), null)
    const problems = validateMapping({
      document: [...WebhookSync.defaultMappings],
      models: await mappableShopModels(),
      objectTypes: WebhookSync.externalObjectTypes,
      updateModes: WebhookSync.updateModes,
    })
    assert.deepEqual(problems, [])
  })

  it('asks for a sync at every signal, with the name of the signal as the reason', async () => {
    const names = [...signalNames, 'product_changed']
    const signals = Object.fromEntries(names.map((name) => [name, null]))
    const { taps = {} } = webhook.setup?.({ signals } as unknown as PluginContext) ?? {}
    for (const name of signalNames) {
      const reasons: string[] = []
      await taps[name]?.({
        name,
        scope: 'organizer:acme',
        subjects: [{ model: 'Order', id: '1' }],
        async enqueue(provider, options) {
          reasons.push(`${provider.identifier} ${options.triggeredBy}`)
          return { enqueuedCount: 1 }
        },
      })
      assert.deepEqual(reasons, [`webhook ${name}`])
    }
    assert.deepEqual(Object.keys(taps), names)
  })
})

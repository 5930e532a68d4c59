import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { RateLimitedError } from '../../core/errors.ts'
import { createLog, withName } from '../../core/log.ts'
import type { Log } from '../../core/sdk/log.ts'

function recording(level: 'info' | 'silent' | 'debug' = 'info') {
  const written: string[] = []
  const log = createLog({ level, destination: { write: (line: string) => void written.push(line) } })
  // Every line is one JSON object, which is part of what is tested.
  return { log, written, lines: () => written.map((line) => JSON.parse(line) as Record<string, unknown>) }
}

function logged(data: object, message = 'done') {
  const { log, written, lines } = recording()
  log.info(data, message)
  const [line] = lines()
  assert.ok(line && written[0])
  return { line, text: written[0] }
}

describe('createLog', () => {
  it('writes one JSON line with time, level by name, sentence and data', () => {
    const { line, text } = logged({ jobId: '7', at: new Date('2026-03-01T10:00:00Z'), total: 10n }, 'order synced')
    assert.match(text, /^\{.*\}\n$/)
    assert.equal(line.level, 'info')
    assert.equal(line.msg, 'order synced')
    assert.equal(line.jobId, '7')
    assert.equal(line.at, '2026-03-01T10:00:00.000Z')
    assert.equal(line.total, '10')
    assert.match(String(line.time), /^\d{4}-\d\d-\d\dT/)
  })

  it('leaves out what is below its level', () => {
    const { log, written } = recording('info')
    log.debug({}, 'detail')
    assert.equal(written.length, 0)
    log.warn({}, 'careful')
    log.error({}, 'broken')
    assert.equal(written.length, 2)
    const quiet = recording('silent')
    quiet.log.error({}, 'broken')
    assert.equal(quiet.written.length, 0)
  })

  it('blanks members with the name of a credential at any depth', () => {
    const secret = 'hunter2'
    const { text, line } = logged({
      password: secret,
      settings: { apiKey: secret, list: [{ client_secret: secret, nested: { 'X-Api-Key': secret } }] },
      headers: { Authorization: secret, 'set-cookie': [secret], 'webhook-signature': secret },
      credentials: { username: 'ada', password: secret },
      oauth: new Map([['refresh_token', secret]]),
      err: Object.assign(new Error('refused'), { accessToken: secret, response: { token: secret } }),
    })
    assert.doesNotMatch(text, /hunter2/)
    assert.equal(line.password, '[redacted]')
    assert.equal(line.credentials, '[redacted]')
  })

  it('shows what only resembles a credential: flags, and keys that open nothing', () => {
    const data = { hasPassword: true, token: null, mappingKey: 'orders', idempotencyKey: 'abc', tokenCount: 3 }
    const { line } = logged(data)
    for (const [name, value] of Object.entries(data)) assert.equal(line[name], value)
  })

  it('blanks passwords in URLs and tokens in sentences', () => {
    const { text } = logged(
      { url: 'postgres://app:hunter2@db/shop', err: new Error('sent "Authorization: Bearer hunter2hunter2"') },
      'connecting to amqp://me:hunter2@queue with Basic aHVudGVyMjpodW50ZXIy',
    )
    assert.doesNotMatch(text, /hunter2|aHVudGVy/)
    assert.match(text, /postgres:\/\/app:\[redacted\]@db\/shop/)
    assert.match(
      logged({}, 'Basic authentication is off, see https://shop.example:80/a@b').text,
      /Basic authentication is off.*:80\/a@b/,
    )
  })

  it('shows an error with its class, code, members and the whole chain of causes', () => {
    const root = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
    const error = new RateLimitedError('slow down', {
      cause: new Error('wrapped', { cause: root }),
      retryAt: new Date(0),
    })
    const shown = logged({ err: error }).line.err as Record<string, unknown>
    assert.equal(shown.type, 'RateLimitedError')
    assert.equal(shown.code, 'rate_limited')
    assert.equal(shown.message, 'slow down')
    assert.equal(shown.retryAt, '1970-01-01T00:00:00.000Z')
    assert.match(String(shown.stack), /log\.test/)
    const wrapped = shown.cause as Record<string, unknown>
    assert.equal(wrapped.message, 'wrapped')
    assert.equal((wrapped.cause as Record<string, unknown>).code, 'ECONNREFUSED')
  })

  it('shows an error that is the data itself, and those inside an aggregate', () => {
    assert.equal((logged(new Error('alone')).line.err as Record<string, unknown>).message, 'alone')
    const aggregate = logged({ err: new AggregateError([new Error('one'), 'two'], 'both') }).line.err
    const [one, two] = (aggregate as { errors: unknown[] }).errors
    assert.equal((one as Record<string, unknown>).message, 'one')
    assert.equal(two, 'two')
  })

  it('survives circles, great depth, bytes and members that throw', () => {
    const circle: Record<string, unknown> = { name: 'a' }
    circle.self = circle
    const error: Error & { cause?: unknown } = new Error('loop')
    error.cause = error
    let deep: object = { end: true }
    for (let level = 0; level < 100; level += 1) deep = { deep }
    const { line } = logged({ circle, error, deep, bytes: Buffer.from('hunter2'), set: new Set([1]) })
    assert.deepEqual(line.circle, { name: 'a', self: '[circular]' })
    assert.equal((line.error as Record<string, unknown>).cause, '[circular]')
    assert.match(JSON.stringify(line.deep), /deeper levels left out/)
    assert.equal(line.bytes, '[7 bytes]')
    assert.deepEqual(line.set, [1])
    const thrower = {
      get state() {
        throw new Error('not now')
      },
    }
    const thrown = logged({ thrower }, 'still told').line
    assert.equal(thrown.msg, 'still told')
    assert.equal(thrown.unreadable, 'not now')
  })

  it('shows an object in two places in both', () => {
    const subject = { id: '1' }
    assert.deepEqual(logged({ a: subject, b: [subject, subject] }).line.b, [subject, subject])
  })

  it('writes what has a JSON form of its own as that form', () => {
    const url = new URL('https://user:hunter2@shop.example/x')
    const { line, text } = logged({ url, model: { toJSON: () => ({ id: 1, password: 'hunter2' }) } })
    assert.deepEqual(line.model, { id: 1, password: '[redacted]' })
    assert.match(String(line.url), /shop\.example/)
    assert.doesNotMatch(text, /hunter2/)
  })
})

describe('withName', () => {
  it('puts the name on every line, the innermost one where names are nested', () => {
    const { log, lines } = recording('debug')
    const named = withName(log, 'plugin:shop')
    named.debug({ step: 1 }, 'a')
    named.info({}, 'b')
    named.warn({}, 'c')
    named.error(new Error('lost'), 'd')
    withName(named, 'plugin:shop/import').info({}, 'e')
    assert.deepEqual(
      lines().map(({ name, level, msg }) => [name, level, msg]),
      [
        ['plugin:shop', 'debug', 'a'],
        ['plugin:shop', 'info', 'b'],
        ['plugin:shop', 'warn', 'c'],
        ['plugin:shop', 'error', 'd'],
        ['plugin:shop/import', 'info', 'e'],
      ],
    )
    assert.equal((lines()[3]?.err as Record<string, unknown> | undefined)?.message, 'lost')
  })

  it('works over a logger that the host brings', () => {
    const calls: unknown[][] = []
    const note = (...call: unknown[]) => void calls.push(call)
    const host: Log = { debug: note, info: note, warn: note, error: note }
    withName(host, 'queue').info({ jobId: '1' }, 'done')
    assert.deepEqual(calls, [[{ name: 'queue', jobId: '1' }, 'done']])
  })
})

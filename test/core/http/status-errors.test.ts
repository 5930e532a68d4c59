import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ErrorKind, RejectedError } from '../../../core/errors.ts'
import { isErrorKind } from '../../../core/errors.ts'
import { errorForResponse } from '../../../core/http/status-errors.ts'

const now = new Date('2026-03-01T12:00:00.000Z')
const url = 'https://crm.example.com/contacts?api_key=hush&page=2'

function errorFor(
  status: number,
  {
    body = '',
    headers = {},
    secrets = [],
  }: { body?: unknown; headers?: Record<string, string>; secrets?: string[] } = {},
) {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const response = { status, headers, text }
  return errorForResponse({ method: 'POST', url, response, now, secrets })
}

describe('errorForResponse', () => {
  it('takes every 2xx as success', () => {
    for (const status of [200, 201, 202, 204, 206, 299]) assert.equal(errorFor(status), null)
  })

  const table: [number, ErrorKind, string][] = [
    [301, 'PermanentError', 'permanent'],
    [302, 'PermanentError', 'permanent'],
    [304, 'PermanentError', 'permanent'],
    [307, 'PermanentError', 'permanent'],
    [400, 'RejectedError', 'rejected'],
    [401, 'AuthenticationError', 'authentication'],
    [402, 'RejectedError', 'rejected'],
    [403, 'AuthenticationError', 'authentication'],
    [404, 'RejectedError', 'rejected'],
    [405, 'RejectedError', 'rejected'],
    [408, 'RetryableError', 'retryable'],
    [409, 'RejectedError', 'rejected'],
    [410, 'RejectedError', 'rejected'],
    [412, 'RejectedError', 'rejected'],
    [413, 'RejectedError', 'rejected'],
    [418, 'RejectedError', 'rejected'],
    [422, 'RejectedError', 'rejected'],
    [425, 'RetryableError', 'retryable'],
    [429, 'RateLimitedError', 'rate_limited'],
    [451, 'RejectedError', 'rejected'],
    [500, 'RetryableError', 'retryable'],
    [501, 'RetryableError', 'retryable'],
    [502, 'RetryableError', 'retryable'],
    [503, 'RetryableError', 'retryable'],
    [504, 'RetryableError', 'retryable'],
    [599, 'RetryableError', 'retryable'],
  ]
  for (const [status, kind, code] of table) {
    it(`makes a ${kind} of ${status}, naming call, status and what to do`, () => {
      const error = errorFor(status, { body: 'because' })
      assert.ok(isErrorKind(error, kind))
      assert.equal(error?.code, code)
      assert.match(
        error?.message ?? '',
        new RegExp(
          `^POST https://crm\\.example\\.com/contacts\\?api_key=\\[redacted\\]&page=2 was answered with ${status}\\b.*\\. .+ The answer: because$`,
        ),
      )
    })
  }

  it('reads how long to wait from 429 and 503, and from no other status', () => {
    const headers = { 'retry-after': '60' }
    for (const status of [429, 503]) {
      const error = errorFor(status, { headers })
      assert.ok(isErrorKind(error, 'RateLimitedError'))
      assert.deepEqual(Reflect.get(error ?? {}, 'retryAt'), new Date('2026-03-01T12:01:00.000Z'))
      assert.match(error?.message ?? '', /2026-03-01T12:01:00/)
    }
    assert.ok(!isErrorKind(errorFor(502, { headers }), 'RateLimitedError'))
  })

  it('leaves the wait of a 429 to our own backoff when the header is garbage, and retries such a 503', () => {
    const headers = { 'retry-after': 'whenever' }
    assert.equal(Reflect.get(errorFor(429, { headers }) ?? {}, 'retryAt'), null)
    const error = errorFor(503, { headers })
    assert.ok(isErrorKind(error, 'RetryableError') && !isErrorKind(error, 'RateLimitedError'))
  })

  it('says where a redirect wanted to go, without its secrets', () => {
    const absolute = errorFor(302, { headers: { location: 'https://ada:hush@b.example/x?token=hush&y=1#hush' } })
    assert.match(
      absolute?.message ?? '',
      /to https:\/\/\[redacted\]@b\.example\/x\?token=\[redacted\]&y=1, and redirects are not followed/,
    )
    assert.doesNotMatch(absolute?.message ?? '', /hush/)
    assert.match(
      errorFor(301, { headers: { location: '/new' } })?.message ?? '',
      /to https:\/\/crm\.example\.com\/new,/,
    )
    assert.match(errorFor(302)?.message ?? '', /without saying where/)
    const long = errorFor(302, { headers: { location: `https://b.example/${'x'.repeat(9000)}` } })
    assert.ok((long?.message.length ?? 0) < 2000)
  })

  it('quotes at most 8 KB, redacted and on one line', () => {
    const error = errorFor(400, {
      body: `+\r\n<b>canary-secret</b>\u0000${'x'.repeat(100_000)}`,
      secrets: ['canary-secret'],
    })
    assert.match(error?.message ?? '', /The answer: \+ <b>\[redacted\]<\/b> xxx/)
    assert.ok((error?.message.length ?? 0) < 8 * 1024 + 300)
  })

  it('redacts a JSON answer by its keys', () => {
    const error = errorFor(400, { body: { echo: { Authorization: 'Bearer x', password: 'p' }, ok: false } })
    assert.match(error?.message ?? '', /"Authorization":"\[redacted\]","password":"\[redacted\]"\},"ok":false/)
  })
})

describe('errorForResponse reads problem documents', () => {
  const table: [string, unknown, string | RegExp, [string, string][]][] = [
    [
      'RFC 9457 with violations',
      { title: 'Invalid', detail: 'See below', violations: [{ propertyPath: 'email', title: 'is taken' }] },
      'Invalid: See below',
      [['email', 'is taken']],
    ],
    [
      'invalid-params',
      { title: 'Invalid', 'invalid-params': [{ name: 'age', reason: 'too low' }, { name: 'x' }] },
      'Invalid',
      [['age', 'too low']],
    ],
    [
      'errors by field',
      { message: 'Validation failed', errors: { email: ['taken', 'too short'], name: 'missing', other: { deep: 1 } } },
      'Validation failed',
      [
        ['email', 'taken'],
        ['email', 'too short'],
        ['name', 'missing'],
      ],
    ],
    [
      'a list of errors',
      {
        errors: [
          { field: 'email', message: 'taken' },
          'a sentence',
          null,
          { loc: ['body', 'city', 0], msg: 'missing' },
        ],
      },
      /email/,
      [
        ['email', 'taken'],
        ['body.city.0', 'missing'],
      ],
    ],
    [
      'JSON:API',
      {
        errors: [
          { status: '422', title: 'Invalid', source: { pointer: '/data/attributes/email' }, detail: 'is taken' },
        ],
      },
      /is taken/,
      [['/data/attributes/email', 'is taken']],
    ],
    ['an OAuth error', { error: 'invalid_grant', error_description: 'expired' }, 'invalid_grant: expired', []],
    ['an error object', { error: { message: 'No such customer' } }, 'No such customer', []],
    ['a title that repeats the detail', { title: 'Same', detail: 'Same' }, 'Same', []],
    ['a list', [1, 2], '[1,2]', []],
    ['a text', '"just text"', '"just text"', []],
    [
      'nonsense in every place',
      { title: {}, detail: [], violations: 'x', errors: 7, 'invalid-params': [[]] },
      /violations/,
      [],
    ],
    ['a key called __proto__', '{"errors":{"__proto__":"x","a":"b"}}', /errors/, [['a', 'b']]],
  ]
  for (const [title, body, said, problems] of table) {
    it(`reads ${title}`, () => {
      const error = errorFor(422, { body })
      assert.ok(isErrorKind(error, 'RejectedError'))
      const quoted = error?.message.split('The answer: ')[1] ?? ''
      if (typeof said === 'string') assert.equal(quoted, said)
      else assert.match(quoted, said)
      // isErrorKind has just said so.
      const found = (error as RejectedError).problems.map(({ property, message }): [string, string] => [
        property,
        message,
      ])
      assert.deepEqual(found, problems)
    })
  }

  it('redacts and shortens what the problems say', () => {
    const body = { errors: { a: `canary-secret ${'x'.repeat(5000)}`, password: 'is too short' } }
    const [first, second] = (errorFor(422, { body, secrets: ['canary-secret'] }) as RejectedError).problems
    assert.match(first?.message ?? '', /^\[redacted\] x+…$/)
    assert.ok((first?.message.length ?? 0) <= 501)
    assert.deepEqual(second, { property: 'password', message: 'is too short' })
  })
})

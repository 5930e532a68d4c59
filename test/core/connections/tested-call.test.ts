// What the test of a connection tells of the answer to a call.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { toldCall } from '../../../core/connections/tested-call.ts'

const call = { method: 'GET', url: 'https://crm.example.com/me', status: 401, durationMs: 3 }
function answerTo(
  headers: Record<string, string>,
  { status = 401, purpose = 'provider' }: { status?: number; purpose?: 'provider' | 'credentials' } = {},
) {
  const response = { status, headers, text: 'hi', json: () => null, excerpt: () => 'hi' }
  return toldCall({ call: { ...call, status }, response, purpose }, ['s3cret-realm']).answer
}

describe('a tested call', () => {
  for (const [header, expected] of [
    ['Basic realm="s3cret-realm, Digest x=1"', ['Basic']],
    ['Bearer', ['Bearer']],
    ['Negotiate, Basic realm="a", Digest qop="auth", algorithm=MD5, nonce=x', ['Negotiate', 'Basic', 'Digest']],
    ['Basic realm="a", Basic realm="b"', ['Basic']],
    ['s3cret-realm', ['[redacted]']],
    ['"', []],
    ['', []],
  ] as const) {
    it(`names the ways of signing in of ${JSON.stringify(header)} and nothing else`, () => {
      assert.deepEqual(answerTo({ 'www-authenticate': header })?.challenges, expected)
    })
  }

  it('has the headers worth seeing, bounded and without secrets', () => {
    const answer = answerTo({ 'content-type': 'text/html', 'retry-after': '30', 'set-cookie': 'sid=1', 'x-other': 'x' })
    assert.deepEqual(answer, {
      contentType: 'text/html',
      retryAfter: '30',
      challenges: [],
      excerpt: 'hi',
    })
    const hostile = answerTo({ 'content-type': `a/${'b'.repeat(5000)}`, 'retry-after': 'after s3cret-realm\r\n' })
    assert.equal(hostile?.contentType?.length, 101)
    assert.equal(hostile?.retryAfter, 'after [redacted]')
  })

  it('shows no body that may be a new credential, and why a login was refused', () => {
    assert.equal(answerTo({}, { status: 200, purpose: 'credentials' })?.excerpt, null)
    assert.equal(answerTo({}, { status: 302, purpose: 'credentials' })?.excerpt, null)
    assert.equal(answerTo({}, { status: 401, purpose: 'credentials' })?.excerpt, 'hi')
    assert.equal(answerTo({}, { status: 200 })?.excerpt, 'hi')
    assert.equal(toldCall({ call, response: null, purpose: 'provider' }, []).answer, null)
  })
})

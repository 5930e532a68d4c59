import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inspect } from 'node:util'
import { errors } from 'undici'
import { type ErrorKind, isErrorKind, SyncConfigError } from '../../../core/errors.ts'
import { toNetworkError } from '../../../core/http/network-errors.ts'

const call = { method: 'PUT', url: new URL('https://crm.example.com:8443/a?token=hush') }
const withCode = (code: string): Error => Object.assign(new Error('inner text'), { code })

describe('toNetworkError', () => {
  const table: [Error, ErrorKind, RegExp][] = [
    [
      withCode('ECONNREFUSED'),
      'NetworkError',
      /crm\.example\.com:8443 refused the connection \(ECONNREFUSED\)\. Check/,
    ],
    [withCode('ECONNRESET'), 'NetworkError', /closed the connection .* \(ECONNRESET\)/],
    [withCode('EPIPE'), 'NetworkError', /closed the connection/],
    [
      withCode('ENOTFOUND'),
      'NetworkError',
      /knows no address for crm\.example\.com \(ENOTFOUND\)\. Check the spelling/,
    ],
    [withCode('EAI_AGAIN'), 'NetworkError', /name service did not answer/],
    [withCode('EHOSTUNREACH'), 'NetworkError', /no way through the network/],
    [withCode('ENETUNREACH'), 'NetworkError', /no way through the network/],
    [withCode('ETIMEDOUT'), 'RequestTimeoutError', /did not accept a connection in time/],
    [withCode('EMFILE'), 'NetworkError', /no free network connection or file handle/],
    [withCode('EPROTO'), 'NetworkError', /no encrypted connection/],
    [withCode('ERR_SSL_WRONG_VERSION_NUMBER'), 'NetworkError', /no encrypted connection/],
    [withCode('CERT_HAS_EXPIRED'), 'NetworkError', /has expired/],
    [withCode('DEPTH_ZERO_SELF_SIGNED_CERT'), 'NetworkError', /not signed by an authority/],
    [withCode('ERR_TLS_CERT_ALTNAME_INVALID'), 'NetworkError', /issued for another name/],
    [withCode('ESOMETHINGNEW'), 'NetworkError', /failed \(ESOMETHINGNEW\)/],
    [new errors.ConnectTimeoutError(), 'RequestTimeoutError', /did not accept a connection in time/],
    [new errors.HeadersTimeoutError(), 'RequestTimeoutError', /did not begin to answer in time/],
    [new errors.BodyTimeoutError(), 'RequestTimeoutError', /stopped in the middle/],
    [new errors.SocketError('other side closed'), 'NetworkError', /closed the connection/],
    [new errors.HeadersOverflowError(), 'NetworkError', /headers .* too large/],
    [new errors.ClientClosedError(), 'NetworkError', /outbound-sync is stopping/],
    [new errors.ClientDestroyedError(), 'NetworkError', /outbound-sync is stopping/],
    [new errors.InvalidArgumentError('invalid x header'), 'SyncConfigError', /cannot be sent \(invalid x header\)/],
  ]
  for (const [error, kind, message] of table) {
    it(`says in words what ${Reflect.get(error, 'code')} means`, () => {
      const said = toNetworkError(error, call)
      assert.ok(isErrorKind(said, kind) && said instanceof Error)
      assert.match(said.message, message)
      assert.match(said.message, /^PUT https:\/\/crm\.example\.com:8443\/a\?token=\[redacted\] /)
      assert.doesNotMatch(said.message, /hush|inner text/)
      assert.equal(said.cause, error)
    })
  }

  it('does not hand on the bytes that were no HTTP', () => {
    const said = toNetworkError(Reflect.construct(errors.HTTPParserError, ['bad', undefined, 'received']), call)
    assert.ok(isErrorKind(said, 'NetworkError') && said instanceof Error)
    assert.match(said.message, /something that is no HTTP/)
    assert.doesNotMatch(inspect(said, { depth: 10 }), /received/)
  })

  it('knows every undici error as a network fault', () => {
    for (const [name, ErrorClass] of Object.entries(errors)) {
      const made: unknown = Reflect.construct(ErrorClass, ['x', 'x', 'x'])
      const said = toNetworkError(made, call)
      assert.ok(isErrorKind(said, 'SyncError'), name)
    }
  })

  it('passes on our own errors and mistakes in code', () => {
    const own = new SyncConfigError('own')
    assert.equal(toNetworkError(own, call), own)
    const mistake = Object.assign(new TypeError('x is not a function'), { code: 'ERR_INVALID_ARG_TYPE' })
    assert.equal(toNetworkError(mistake, call), mistake)
    const codeless = new Error('odd')
    assert.equal(toNetworkError(codeless, call), codeless)
  })
})

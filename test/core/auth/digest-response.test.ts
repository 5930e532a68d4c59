import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, it } from 'node:test'
import { parseChallenges, parseParameters } from '../../../core/auth/challenges.ts'
import { chooseChallenge, type DigestCall, digestAuthorization } from '../../../core/auth/digest-response.ts'

/** The parameters of the Authorization header that answers the challenge. */
function answerTo(header: string, call: Partial<DigestCall>): ReadonlyMap<string, string> {
  const challenge = chooseChallenge(parseChallenges(header))
  assert.ok(challenge, header)
  const { nonce } = challenge
  const clientNonce = call.clientNonce ?? '0a4f113b'
  const authorization = digestAuthorization({
    challenge,
    username: 'Mufasa',
    password: 'Circle of Life',
    method: 'GET',
    uri: '/dir/index.html',
    nonce,
    count: 1,
    clientNonce,
    sessionNonces: { nonce, clientNonce },
    ...call,
  })
  assert.match(authorization, /^Digest /)
  return parseParameters(authorization.slice('Digest '.length))
}

const rfc7616 = (algorithm: string) =>
  `Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=${algorithm}, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"`
const rfc7616Nonce = { clientNonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ' }
const userhashed =
  'Digest realm="api@example.org", qop="auth", algorithm=SHA-512-256, nonce="5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK", opaque="HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS", charset=UTF-8, userhash=true'
const jason = {
  username: 'Jäsøn Doe',
  password: 'Secret, or not?',
  uri: '/doe.json',
  clientNonce: 'NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v',
}

describe('the vectors of', () => {
  it('RFC 7616, 3.9.1: MD5 and SHA-256', () => {
    const md5 = answerTo(rfc7616('MD5'), rfc7616Nonce)
    assert.equal(md5.get('response'), '8ca523f5e9506fed4657c9700eebdbec')
    assert.equal(md5.get('opaque'), 'FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS')
    assert.deepEqual([md5.get('qop'), md5.get('nc'), md5.get('algorithm')], ['auth', '00000001', 'MD5'])
    const sha = answerTo(`${rfc7616('MD5')}, ${rfc7616('SHA-256')}`, rfc7616Nonce)
    assert.equal(sha.get('algorithm'), 'SHA-256')
    assert.equal(sha.get('response'), '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1')
  })

  it('RFC 7616, 3.9.2, as erratum 4897 corrects it: SHA-512-256, charset and userhash', () => {
    const answer = answerTo(userhashed, jason)
    assert.equal(answer.get('username'), '793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b')
    assert.equal(answer.get('userhash'), 'true')
    assert.equal(answer.get('response'), '3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5')
  })

  it('RFC 2617, 3.5: MD5 with the quality auth', () => {
    const challenge =
      'Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41"'
    const answer = answerTo(challenge, { password: 'Circle Of Life' })
    assert.equal(answer.get('response'), '6629fae49393a05397450978507c4ef1')
    assert.equal(answer.has('algorithm'), false)
  })

  it('RFC 2069, as its erratum 749 corrects it: no quality', () => {
    const challenge =
      'Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41"'
    const answer = answerTo(challenge, { password: 'CircleOfLife' })
    assert.equal(answer.get('response'), '1949323746fe6a43ef61f9606e7febea')
    for (const name of ['qop', 'nc', 'cnonce']) assert.equal(answer.has(name), false, name)
  })
})

describe('digestAuthorization', () => {
  it('writes a name that is not ASCII as the server can read it', () => {
    const extended = answerTo(userhashed.replace(', userhash=true', ''), jason)
    assert.equal(extended.get('username*'), "UTF-8''J%C3%A4s%C3%B8n%20Doe")
    assert.equal(extended.has('username'), false)
    const bytes = answerTo(userhashed.replace(', charset=UTF-8, userhash=true', ''), jason)
    assert.equal(Buffer.from(bytes.get('username') ?? '', 'latin1').toString('utf8'), 'Jäsøn Doe')
    // One name, however it was typed: with a combining diaeresis too.
    const decomposed = answerTo(userhashed, { ...jason, username: jason.username.normalize('NFD') })
    assert.equal(decomposed.get('username'), '793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b')
  })

  for (const [algorithm, name] of [
    ['MD5-sess', 'md5'],
    ['SHA-256-sess', 'sha256'],
  ] as const) {
    it(`makes the key of ${algorithm} once, of the nonces of the first call`, () => {
      const hash = (text: string) => createHash(name).update(text).digest('hex')
      const key = hash(`${hash('Mufasa:r:Circle of Life')}:first:c1`)
      const what = hash('GET:/dir/index.html')
      const answer = answerTo(`Digest realm="r", nonce="n", qop="auth", algorithm=${algorithm}`, {
        nonce: 'next',
        clientNonce: 'c2',
        count: 2,
        sessionNonces: { nonce: 'first', clientNonce: 'c1' },
      })
      assert.equal(answer.get('response'), hash(`${key}:next:00000002:c2:auth:${what}`))
    })
  }

  it('quotes what a server may call its realm', () => {
    const answer = answerTo('Digest realm="a \\"b\\" \\\\ c", nonce="n", qop="auth"', {})
    assert.equal(answer.get('realm'), 'a "b" \\ c')
  })
})

describe('chooseChallenge', () => {
  const cases: [string, string, string | null][] = [
    ['the strongest of several', `Basic realm="x", ${rfc7616('MD5-sess')}, ${rfc7616('SHA-256')}`, 'SHA-256'],
    ['one after a blob', `Negotiate abc==, NTLM, ${rfc7616('MD5')}`, 'MD5'],
    ['one that names no algorithm', 'Digest realm="x", nonce="n"', 'MD5'],
    ['one with a comma in its realm', 'Digest realm="a, Basic b=c", nonce="n", algorithm="sha-256"', 'SHA-256'],
    ['none but Basic', 'Basic realm="x"', null],
    ['an unknown algorithm', 'Digest realm="x", nonce="n", algorithm=SHA3', null],
    ['auth-int only', 'Digest realm="x", nonce="n", qop="auth-int"', null],
    ['no nonce', 'Digest realm="x"', null],
    ['nonsense', '=,"; Digest', null],
  ]
  for (const [what, header, algorithm] of cases) {
    it(`finds ${algorithm ?? 'nothing'} in ${what}`, () => {
      assert.equal(chooseChallenge(parseChallenges(header))?.algorithm.name ?? null, algorithm)
    })
  }
})

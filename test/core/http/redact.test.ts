import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { redactedExcerpt, redactHeaders, redactJson, redactText, redactUrl } from '../../../core/http/redact.ts'

const secret = 'kT9+/x "ä& 7\\q€'

describe('redactHeaders', () => {
  it('hides the values of credential headers in any spelling', () => {
    const names = [
      'Authorization',
      'proxy-authorization',
      'Cookie',
      'set-cookie',
      'X-Api-Key',
      'api_key',
      'X-Auth-Token',
    ]
    const redacted = redactHeaders(Object.fromEntries(names.map((name) => [name, 'hush'])))
    assert.deepEqual(
      Object.values(redacted),
      names.map(() => '[redacted]'),
    )
  })

  it('leaves the others, also those that only look alike', () => {
    const headers = { 'content-type': 'application/json', author: 'Ada', 'x-secretary': 'Bob', 'idempotency-key': 'k1' }
    assert.deepEqual(redactHeaders(headers), headers)
  })
})

describe('redactUrl', () => {
  const table: [string, string][] = [
    ['https://crm.example.com/a?page=2', 'https://crm.example.com/a?page=2'],
    ['https://ada:hush@crm.example.com/', 'https://[redacted]@crm.example.com/'],
    ['https://hush@crm.example.com/', 'https://[redacted]@crm.example.com/'],
    ['https://crm.example.com/?api_key=hush&q=%C3%A4', 'https://crm.example.com/?api_key=[redacted]&q=%C3%A4'],
    [
      'https://crm.example.com/?key=hush&Access-Token=hush',
      'https://crm.example.com/?key=[redacted]&Access-Token=[redacted]',
    ],
    ['https://crm.example.com/?api%5Fkey=hush', 'https://crm.example.com/?api%5Fkey=[redacted]'],
    ['https://crm.example.com/?token=hush=hush', 'https://crm.example.com/?token=[redacted]'],
    ['https://crm.example.com/?token&a=1', 'https://crm.example.com/?token&a=1'],
    ['https://crm.example.com/#access_token=hush', 'https://crm.example.com/'],
    ['not a url?token=hush', 'not a url'],
    ['//ada:hush@crm.example.com/x', '//[redacted]@crm.example.com/x'],
  ]
  for (const [url, expected] of table) {
    it(`shows ${url} as ${expected}`, () => assert.equal(redactUrl(url), expected))
  }
})

describe('redactText', () => {
  it('replaces a secret as it is, percent-encoded, as form data, in JSON and in HTML', () => {
    const html = secret.replace(/&/g, '&amp;').replace(/"/g, '&quot;')
    const unicodeEscaped = JSON.stringify(secret).slice(1, -1).replace('ä', '\\u00e4').replace('€', '\\u20AC')
    const forms = {
      plain: secret,
      component: encodeURIComponent(secret),
      lowerCaseHex: encodeURIComponent(secret).toLowerCase().replace('kt9', 'kT9'),
      twice: encodeURIComponent(encodeURIComponent(secret)),
      form: new URLSearchParams({ a: secret }).toString().slice(2),
      path: new URL(`http://x/${encodeURIComponent(secret)}`).pathname.slice(1),
      json: JSON.stringify(secret).slice(1, -1),
      jsonWithEscapedSlash: JSON.stringify(secret).slice(1, -1).replaceAll('/', '\\/'),
      jsonInJson: JSON.stringify(JSON.stringify(secret).slice(1, -1)).slice(1, -1),
      unicodeEscaped,
      html,
    }
    for (const [name, form] of Object.entries(forms)) {
      assert.equal(redactText(`before ${form} after`, [secret]), 'before [redacted] after', name)
    }
  })

  it('replaces a secret inside Basic credentials, whatever stands before it', () => {
    for (const user of ['', 'a', 'ab', 'abc', 'abcd']) {
      for (const alphabet of ['base64', 'base64url'] as const) {
        const encoded = Buffer.from(`${user}:hunter2-and-more:x`).toString(alphabet)
        const redacted = redactText(`Basic ${encoded}`, ['hunter2-and-more'])
        assert.match(redacted, /\[redacted\]/)
        const left = Buffer.from(redacted.slice('Basic '.length).replace('[redacted]', ' '), alphabet).toString(
          'latin1',
        )
        assert.doesNotMatch(left, /hun|ter2|and|more/)
      }
    }
  })

  it('leaves a text without the secret as it is, and very short values alone', () => {
    assert.equal(redactText('nothing here', [secret]), 'nothing here')
    assert.equal(redactText('the cat sat', ['cat', '']), 'the cat sat')
  })

  it('replaces the longer of two secrets that begin alike', () => {
    assert.equal(redactText('abcd-efgh', ['abcd', 'abcd-efgh']), '[redacted]')
  })

  it('sees a secret that was added to an array used before', () => {
    const secrets = ['first-secret']
    redactText('x', secrets)
    secrets.push('second-secret')
    assert.equal(redactText('second-secret', secrets), '[redacted]')
  })

  it('finds any secret in any of its forms', () => {
    const secrets = fc.string({ unit: 'binary', minLength: 4, maxLength: 40 })
    const texts = fc.string({ unit: 'binary', maxLength: 20 })
    fc.assert(
      fc.property(secrets, texts, texts, (value, before, after) => {
        // A secret made of the mark's own letters can be read into the mark.
        fc.pre(!/[redact[\]]/.test(value))
        for (const form of [value, encodeURIComponent(value), JSON.stringify(value).slice(1, -1)]) {
          const redacted = redactText(`${before}${form}${after}`, [value])
          assert.ok(redacted.includes('[redacted]') && !redacted.includes(value) && !redacted.includes(form))
        }
        const encoded = Buffer.from(`${before}${value}${after}`).toString('base64')
        assert.ok(redactText(encoded, [value]).includes('[redacted]'))
      }),
      { numRuns: 500 },
    )
  })
})

describe('redactJson', () => {
  it('hides by key and by known value, at any depth, in keys too', () => {
    const redacted = redactJson(
      {
        name: 'Ada',
        password: 'x',
        nested: [{ apiKey: 1, note: `say ${secret} twice` }],
        clientSecret: { value: 'x' },
        refresh_token: null,
        [secret]: true,
      },
      [secret],
    )
    assert.deepEqual(redacted, {
      name: 'Ada',
      password: '[redacted]',
      nested: [{ apiKey: '[redacted]', note: 'say [redacted] twice' }],
      clientSecret: '[redacted]',
      refresh_token: null,
      '[redacted]': true,
    })
  })

  it('copies: the original stays as it was', () => {
    const original = { token: 'x', list: ['y'] }
    redactJson(original, [])
    assert.deepEqual(original, { token: 'x', list: ['y'] })
  })

  it('neither overflows on a deep document nor pollutes a prototype', () => {
    let deep: unknown = 'end'
    for (let level = 0; level < 100_000; level += 1) deep = [deep]
    assert.match(JSON.stringify(redactJson(deep, [])), /nested too deep/)
    redactJson(JSON.parse('{"__proto__":{"polluted":true}}'), [])
    assert.equal(Reflect.get({}, 'polluted'), undefined)
  })
})

describe('redactedExcerpt', () => {
  it('leaves no half of a secret where it cuts', () => {
    const value = 'canary-0123456789-canary'
    for (let position = 60; position <= 110; position += 1) {
      const text = `${'.'.repeat(position)}${value}${'.'.repeat(1000)}`
      const excerpt = redactedExcerpt(text, { secrets: [value], limit: 100 })
      assert.doesNotMatch(excerpt, /can|ary|[0-9]/, `position ${position}`)
      assert.ok(excerpt.length <= 101)
    }
  })

  it('leaves no half of a secret when many replacements move the text', () => {
    const value = 'canary-0123456789-canary'
    for (let gap = 0; gap < 30; gap += 1) {
      const text = `${'.'.repeat(gap)}${value.repeat(500)}`
      const excerpt = redactedExcerpt(text, { secrets: [value], limit: 100 })
      assert.doesNotMatch(excerpt, /can|ary|[0-9]/, `gap ${gap}`)
    }
    const long = 'canary-0123456789-'.repeat(60)
    assert.doesNotMatch(redactedExcerpt(long.repeat(500), { secrets: [long], limit: 500 }), /can|ary|[0-9]/)
  })

  it('is one line without control characters and without half a character', () => {
    assert.equal(redactedExcerpt(' a\r\n\tb\u0000c\u001b[31m ', { secrets: [], limit: 100 }), 'a b c [31m')
    const cut = redactedExcerpt('ab😀cd', { secrets: [], limit: 3 })
    assert.ok(cut.isWellFormed())
  })
})

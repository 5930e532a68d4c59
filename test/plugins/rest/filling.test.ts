import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { isErrorKind, type PropertyValue } from '../../../core/sdk/index.ts'
import { fillJson, parseJsonTemplate } from '../../../plugins/rest/fill-json.ts'
import { fillUrl } from '../../../plugins/rest/fill-url.ts'
import { pathProblem, placeAll, placeUnder, readPath } from '../../../plugins/rest/paths.ts'
import { fillHeader, fillPlain, type Known, placeholderProblem } from '../../../plugins/rest/placeholders.ts'
import { isSameValue, mergedValues, nestedValues, valuesOf } from '../../../plugins/rest/remote-values.ts'

const known = (given: Partial<Known> = {}): Known => ({ settings: {}, value: {}, ...given })

describe('a path', () => {
  const answer = JSON.parse('{"a":{"b":[{"c":1}],"x.y":2},"__proto__":{"d":3},"list":[]}')

  it('names what objects and lists hold themselves', () => {
    assert.equal(readPath(answer, 'a.b.0.c'), 1)
    assert.equal(readPath(answer, 'a.x\\.y'), 2)
    assert.equal(readPath(answer, ''), answer)
    assert.equal(readPath(answer, 'a.b.1.c'), undefined)
    assert.equal(readPath('text', 'length'), undefined)
  })

  it('reaches no prototype', () => {
    for (const path of ['constructor', 'a.constructor.name', 'toString', 'list.push', 'a.__proto__']) {
      assert.equal(readPath(answer, path), undefined, path)
    }
    for (const path of ['__proto__.x', 'a.constructor', 'prototype'])
      assert.match(String(pathProblem(path)), /must not name/)
    assert.match(String(pathProblem('a..b')), /empty name/)
    assert.equal(pathProblem('data.0.id'), null)
  })

  it('places values side by side, whatever they are called', () => {
    const placed = placeAll([
      { path: ['name', 'first'], value: 'Ada' },
      { path: ['name', 'last'], value: 'L' },
      { path: ['__proto__'], value: { polluted: true } },
    ])
    assert.equal(JSON.stringify(placed), '{"name":{"first":"Ada","last":"L"},"__proto__":{"polluted":true}}')
    assert.equal(Reflect.get({}, 'polluted'), undefined)
    assert.deepEqual(placeUnder('data.attributes', { a: 1 }), { data: { attributes: { a: 1 } } })
  })
})

describe('an address', () => {
  const fill = (path: string, id: string, baseUrl = 'https://api.example.com/v1') =>
    fillUrl({ baseUrl, path, known: known({ id }) })

  it('keeps every value within its segment', () => {
    assert.equal(fill('/c/{{id}}', 'a/b?c=d#e'), 'https://api.example.com/v1/c/a%2Fb%3Fc%3Dd%23e')
    assert.equal(fill('/c/{{id}}', 'ü €'), 'https://api.example.com/v1/c/%C3%BC%20%E2%82%AC')
    assert.equal(fill('/c/{{id}}', '../admin'), 'https://api.example.com/v1/c/..%2Fadmin')
    assert.equal(fill('/c/{{id}}', '{{settings.key}}'), 'https://api.example.com/v1/c/%7B%7Bsettings.key%7D%7D')
  })

  it('refuses what would lead to another address', () => {
    for (const id of ['..', '.', ''])
      assert.throws(
        () => fill('/c/{{id}}', id),
        (error) => isErrorKind(error, 'RejectedError'),
        id,
      )
  })

  it('takes a whole address or the name of a host from the settings, and nothing else there', () => {
    const whole = (base: string) =>
      fillUrl({ baseUrl: '{{settings.base}}/v3', path: '/me', known: known({ settings: { base } }) })
    assert.equal(whole('http://127.0.0.1:4711/api/'), 'http://127.0.0.1:4711/api/v3/me')
    for (const base of ['ftp://x', 'javascript:alert(1)', 'crm.example.com', 'https://x/?a=', '']) {
      assert.throws(
        () => whole(base),
        (error) => isErrorKind(error, 'SyncConfigError'),
        base,
      )
    }
    const host = (sub: string) =>
      fillUrl({
        baseUrl: 'https://{{settings.sub}}.example.com/a/{{settings.sub}}',
        path: '/me',
        known: known({ settings: { sub } }),
      })
    assert.equal(host('acme'), 'https://acme.example.com/a/acme/me')
    for (const sub of ['evil.com/', 'evil.com#', 'a@b', 'a b', '']) {
      assert.throws(
        () => host(sub),
        (error) => isErrorKind(error, 'SyncConfigError'),
        sub,
      )
    }
  })
})

describe('a body template', () => {
  const filled = (template: string, value: Record<string, PropertyValue>) =>
    fillJson(parseJsonTemplate(template), known({ id: 'A"1', value, properties: value }))

  it('takes a value as it is, or as text within quotes', () => {
    assert.deepEqual(
      filled('{"a": {{value.n}}, "b": "no {{value.n}}", "c": {{properties}}, "{{id}}": [{{value.none}}]}', { n: 5 }),
      {
        a: 5,
        b: 'no 5',
        c: { n: 5 },
        'A"1': [null],
      },
    )
  })

  it('cannot be broken out of', () => {
    const hostile = '", "admin": true, "x": "'
    assert.deepEqual(filled('{"a": "{{value.n}}", "b": {{value.n}}, "c": "\\"{{value.n}}"}', { n: hostile }), {
      a: hostile,
      b: hostile,
      c: `"${hostile}`,
    })
    assert.deepEqual(filled('{"a": "{{value.n}}"}', { n: '{{id}}' }), { a: '{{id}}' })
  })

  it('says what is no JSON', () => {
    assert.throws(() => parseJsonTemplate('{"a": {{id}}'), /is no JSON once the placeholders are filled in/)
    assert.throws(() => parseJsonTemplate('{"a": "\\u0000x"}'), /NUL/)
    assert.throws(() => parseJsonTemplate('['.repeat(20_000)), /is no JSON/)
  })
})

describe('placeholders', () => {
  it('are a closed list', () => {
    const problem = (text: string) => placeholderProblem(text, { words: ['id'], settings: ['key'], fields: ['name'] })
    for (const text of ['{{id}}', '{{ settings.key }}', 'a {{value.name}} b', 'no braces', '}} {'])
      assert.equal(problem(text), null, text)
    assert.match(String(problem('{{settings.kez}}')), /Did you mean "settings.key"/)
    for (const text of [
      '{{remoteId}}',
      '{{value}}',
      '{{constructor}}',
      '{{settings.constructor}}',
      '{{id.length}}',
      '{{1+1}}',
    ]) {
      assert.match(String(problem(text)), /means nothing here/, text)
    }
    for (const text of ['{{', '{{}}', '{{ a b }}', '{{{id}}}'])
      assert.match(String(problem(text)), /without a name/, text)
  })

  it('read own values only', () => {
    assert.equal(fillPlain('[{{settings.toString}}{{value.__proto__}}]', known()), '[]')
    assert.equal(
      fillPlain('{{value.list}} {{value.object}}', known({ value: { list: [1, 'b'], object: { a: 1 } } })),
      '1,b {"a":1}',
    )
  })

  it('put no line break into a header', () => {
    assert.equal(fillHeader('X-A', 'v {{id}}', known({ id: '1' })), 'v 1')
    for (const id of ['1\r\nX-Admin: 1', 'ü', '\u0000'])
      assert.throws(() => fillHeader('X-A', '{{id}}', known({ id })), /cannot be sent/)
  })
})

describe('values', () => {
  const type = {
    fields: [
      { key: 'first', label: '', type: 'text', isRequired: false, isIdentifier: false, path: 'name.first' } as const,
    ],
  }

  it('are read from and written to where the remote nests them', () => {
    assert.deepEqual(valuesOf(type, { name: { first: 'Ada' }, x: 1 }), { name: { first: 'Ada' }, x: 1, first: 'Ada' })
    assert.deepEqual(nestedValues(type, { first: 'Ada', 'a.b': 1 }), { name: { first: 'Ada' }, 'a.b': 1 })
    assert.deepEqual(mergedValues({ name: { first: 'A', last: 'L' }, x: 1 }, { name: { first: 'B' } }), {
      name: { first: 'B', last: 'L' },
      x: 1,
    })
  })

  it('are the same when the remote only writes them in another way', () => {
    const same: [PropertyValue, unknown][] = [
      [null, undefined],
      ['', null],
      ['80.00', 80],
      [80, '80.00'],
      ['80.00', '80.0'],
      [true, 'true'],
      ['2026-07-04T09:00:00+02:00', '2026-07-04T07:00:00.000Z'],
      [[{ sku: 'a' }], [{ id: 7, sku: 'a' }]],
    ]
    for (const [sent, held] of same) assert.ok(isSameValue(sent, held), JSON.stringify([sent, held]))
    const other: [PropertyValue, unknown][] = [
      ['01', '1'],
      ['a', 'b'],
      [null, 'a'],
      [0, null],
      [false, undefined],
      [
        [1, 2],
        [2, 1],
      ],
      [[1], [1, 2]],
      [{ a: 1 }, { b: 1 }],
      [{ toString: 1 }, {}],
      ['x', { x: 1 }],
    ]
    for (const [sent, held] of other) assert.ok(!isSameValue(sent, held), JSON.stringify([sent, held]))
  })
})

describe('any value at all', () => {
  const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 60 })

  it('stays in its segment of an address', () => {
    fc.assert(
      fc.property(text, (id) => {
        fc.pre(id.isWellFormed() && !['.', '..'].includes(id))
        const url = new URL(fillUrl({ baseUrl: 'https://a.example', path: '/x/{{id}}/y', known: known({ id }) }))
        assert.equal(url.origin, 'https://a.example')
        assert.equal(url.search + url.hash, '')
        const [, first, middle = '', last, ...more] = url.pathname.split('/')
        assert.deepEqual([first, decodeURIComponent(middle), last, more], ['x', id, 'y', []])
      }),
    )
  })

  it('stays a text in JSON, or the value it is', () => {
    fc.assert(
      fc.property(text, fc.jsonValue(), (id, value) => {
        const template = parseJsonTemplate('{"a": "<{{id}}>", "b": [{{value.x}}], "c": 1}')
        // JSON.stringify and back: what goes over the wire.
        const sent: unknown = JSON.parse(
          JSON.stringify(fillJson(template, known({ id, value: { x: value as PropertyValue } }))),
        )
        assert.deepEqual(sent, JSON.parse(JSON.stringify({ a: `<${id}>`, b: [value], c: 1 })))
      }),
    )
  })
})

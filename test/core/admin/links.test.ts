import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { externalHref, pageUrl, sameOriginPath } from '../../../core/admin/links.ts'

describe('sameOriginPath', () => {
  it('keeps paths of our own origin, with query and fragment', () => {
    assert.equal(sameOriginPath('/queue?state=held#x'), '/queue?state=held#x')
    assert.equal(sameOriginPath('/shop/orders/ABC?os_notice=retried'), '/shop/orders/ABC?os_notice=retried')
  })

  for (const bad of [
    '//evil.example',
    '/\\evil.example',
    '\\/evil.example',
    '/\t/evil.example',
    '/\n/evil.example',
    '/%09/../\\evil.example',
    'https://evil.example/',
    'javascript:alert(1)',
    ' /queue',
    '/..//evil.example',
    '/a/..//evil.example',
    '',
    'queue',
    `/${'a'.repeat(3000)}`,
    null,
    undefined,
    ['/queue'],
  ]) {
    it(`refuses ${JSON.stringify(bad)?.slice(0, 40)}`, () => {
      assert.equal(sameOriginPath(bad), null)
    })
  }

  it('whatever comes in, a browser that follows it stays on the origin', () => {
    const piece = fc.constantFrom(
      '/',
      '\\',
      '.',
      '..',
      '%2f',
      '%5c',
      '\t',
      '@',
      ':',
      'evil.example',
      '//',
      '?',
      '#',
      ' ',
    )
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(piece).map((parts) => `/${parts.join('')}`),
        ),
        (text) => {
          const path = sameOriginPath(text)
          if (path === null) return
          assert.equal(new URL(path, 'https://shop.example/admin/').origin, 'https://shop.example')
        },
      ),
      { numRuns: 2000 },
    )
  })
})

describe('externalHref', () => {
  it('lets http and https through', () => {
    assert.equal(externalHref('https://crm.example.com/deals/17'), 'https://crm.example.com/deals/17')
    assert.equal(externalHref('http://127.0.0.1:4010/x'), 'http://127.0.0.1:4010/x')
  })

  for (const bad of [
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    'java\nscript:alert(1)',
    'data:text/html,<script>alert(1)</script>',
    'vbscript:x',
    'file:///etc/passwd',
    'https://bank.example@evil.example/',
    '/relative',
    'nonsense',
    17,
    null,
  ]) {
    it(`refuses ${JSON.stringify(bad)}`, () => {
      assert.equal(externalHref(bad), null)
    })
  }
})

describe('pageUrl', () => {
  it('puts the base path in front and leaves empty values out', () => {
    assert.equal(pageUrl('/sub/path', '/queue', { state: null, q: 'a&b', connection: '' }), '/sub/path/queue?q=a%26b')
    assert.equal(pageUrl('', '/', {}), '/')
  })
})

// What messages and pages quote of an answer: web pages by their words, and no secret however it is written into markup.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { quoteBody } from '../../../core/http/quote-body.ts'

const html = { 'content-type': 'text/html; charset=utf-8' }
const quote = (
  text: string,
  {
    headers = html,
    secrets = [],
    limit = 500,
  }: { headers?: Record<string, string>; secrets?: string[]; limit?: number } = {},
) => quoteBody({ text, headers }, { secrets, limit })

describe('the quoted body of an answer', () => {
  const pages: [string, string, string][] = [
    [
      'a proxy’s error page',
      '<html>\r\n<head><title>401 Authorization Required</title></head>\r\n<body>\r\n<center><h1>401 Authorization Required</h1></center>\r\n<hr><center>nginx</center></body></html>',
      'the web page “401 Authorization Required”: nginx',
    ],
    [
      'a page without end tags',
      '<!DOCTYPE html><head><meta charset=utf-8><title>Sign in &amp; go on</title><body><p>Please <li>wait',
      'the web page “Sign in & go on”: Please wait',
    ],
    [
      'scripts, styles and comments',
      '<style>p{}</style><p>Access <b>denied</b><script>if (1 < 2) steal("<p>")</script><!-- <p>hidden --></p> 1 < 2',
      'a web page: Access denied 1 < 2',
    ],
    ['nothing to be seen', '<script>document.write(1)', 'a web page without words'],
    ['what ends in the midst of a tag', '<title>Oops</title><p class="', 'the web page “Oops”'],
    ['numbered characters', '<p>A&#38;B&#x26;C&#1114112;&nbsp;&unknown;', 'a web page: A&B&C&#1114112; &unknown;'],
  ]
  for (const [name, text, expected] of pages) {
    it(`is in words of ${name}`, () => assert.equal(quote(text), expected))
  }

  it('is a page by its type or by its first sign', () => {
    const page = '<html><body>Not here'
    assert.equal(quote(page, { headers: {} }), 'a web page: Not here')
    assert.equal(quote(page, { headers: { 'content-type': 'text/plain' } }), 'a web page: Not here')
    assert.equal(quote('a <b> c', { headers: {} }), 'a <b> c')
    assert.equal(quote('a <b>c'), 'a web page: a c')
    assert.equal(quote('{"a": "<html>"}'), '{"a":"<html>"}')
  })

  it('is bounded, in its title and its words', () => {
    const said = quote(`<title>${'t '.repeat(5000)}</title>${'<p>word </p>'.repeat(50_000)}`)
    assert.ok(said.length < 600, String(said.length))
    assert.equal(quote('x'.repeat(1000), { headers: {} }), `${'x'.repeat(500)}…`)
  })

  it('holds no secret, also when markup or its end is in the way', () => {
    const secret = 'pw<a>7f&3b>c1a9d2e4'
    const escaped = secret.replace('&3', '&amp;3').replace('<', '&lt;').replaceAll('>', '&gt;')
    for (const text of [
      `<p>${secret}</p>`,
      `<title>${escaped}</title>`,
      `<p>${escaped.replace('c1a9', 'c1<wbr>a<b>9</b>')}`,
      `<p>${'<i></i>'.repeat(9000)}${' '.repeat(64 * 1024 - 63_003 - 8)}${secret}`,
    ]) {
      const said = quote(text, { secrets: [secret] })
      assert.doesNotMatch(said, /7f|3b|a9d2e4/, text.slice(0, 200))
    }
  })

  it('is read in one pass, whatever is repeated', () => {
    for (const part of ['<script>', '<!--', '<', '</', '<title>', '&#', '<a ', '&amp']) {
      const startedAt = performance.now()
      quote(part.repeat(100_000))
      assert.ok(performance.now() - startedAt < 2000, part)
    }
  })
})

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { isErrorKind } from '../../../core/errors.ts'
import { fillTemplate, parseTemplate } from '../../../core/mapping/template.ts'

const upper = (key: string): string => key.toUpperCase()

describe('fillTemplate', () => {
  const cases: [template: string, expected: string][] = [
    ['', ''],
    ['plain', 'plain'],
    ['{a}', 'A'],
    ['{a}{b}', 'AB'],
    ['Order {code}: { total } EUR', 'Order CODE: TOTAL EUR'],
    ['{{a}}', '{a}'],
    ['{{{a}}}', '{A}'],
    ['100 } 50', '100 } 50'],
    ['}} {{', '} {'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a template of somebody else's language is plain text here
    ['${a} $& {a}', '$A $& A'],
    ['{a.b}', 'A.B'],
  ]
  for (const [template, expected] of cases) {
    it(`makes "${expected}" of "${template}"`, () => {
      assert.equal(fillTemplate(template, upper), expected)
    })
  }

  it('does not fill what a field has brought in', () => {
    assert.equal(
      fillTemplate('{a}', () => '{b} {{'),
      '{b} {{',
    )
  })

  const broken: [template: string, message: RegExp][] = [
    ['a {b', /closing "}" at character 3/],
    ['{}', /without a field key at character 1/],
    ['{ }', /without a field key/],
    ['{{{', /closing "}" at character 3/],
  ]
  for (const [template, message] of broken) {
    it(`refuses "${template}"`, () => {
      assert.throws(
        () => parseTemplate(template),
        (error) => isErrorKind(error, 'MappingError') && message.test(String(error)),
      )
    })
  }

  it('refuses to grow without end', () => {
    const long = 'x'.repeat(400_000)
    assert.throws(
      () => fillTemplate('{a}{a}{a}', () => long),
      (error) => isErrorKind(error, 'MappingError'),
    )
  })

  it('gives any text back once its braces are doubled', () => {
    const text = fc.string({ unit: fc.constantFrom('{', '}', 'a', ' ', '\n', '💥') })
    fc.assert(
      fc.property(text, (text) => {
        assert.equal(
          fillTemplate(text.replace(/[{}]/g, '$&$&'), () => assert.fail('no field was named')),
          text,
        )
      }),
    )
  })

  it('either parses or throws a MappingError', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('{', '}', 'a', ' ') }), (template) => {
        try {
          parseTemplate(template)
        } catch (error) {
          assert.ok(isErrorKind(error, 'MappingError'))
        }
      }),
    )
  })
})

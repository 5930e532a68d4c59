import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { emailDomain, normalizeEmail } from '../../../plugins/ticket-shop/source-models/email-host.ts'

describe('e-mail hosts', () => {
  it('are written in ASCII, and the rest stays', () => {
    assert.equal(normalizeEmail('jürgen@bücher.example'), 'jürgen@xn--bcher-kva.example')
    assert.equal(normalizeEmail('ada@Example.ORG'), 'ada@example.org')
    assert.equal(normalizeEmail('"a@b"@例え.example'), '"a@b"@xn--r8jz45g.example')
    assert.equal(emailDomain('jürgen@bücher.example'), 'xn--bcher-kva.example')
  })

  it('stay as they are when they are no domain, and are nothing when there is none', () => {
    assert.equal(normalizeEmail('root@exa mple'), 'root@exa mple')
    assert.equal(normalizeEmail(''), null)
    assert.equal(normalizeEmail(null), null)
    assert.equal(emailDomain('nobody'), null)
  })
})

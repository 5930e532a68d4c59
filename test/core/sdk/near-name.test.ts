import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { didYouMean, nearName } from '../../../core/sdk/near-name.ts'

describe('nearName', () => {
  const names = ['order_code', 'order_total', 'email', 'email_domain', 'city', 'id']
  const cases: [wanted: string, found: string | null][] = [
    ['order_cod', 'order_code'],
    ['Email', 'email'],
    ['emial', 'email'],
    ['email_domian', 'email_domain'],
    ['ordertotal', 'order_total'],
    ['cty', 'city'],
    ['xd', 'id'],
    ['xy', null],
    ['invoice_address', null],
    ['', null],
  ]
  for (const [wanted, found] of cases) {
    it(`finds ${found} for "${wanted}"`, () => {
      assert.equal(nearName(wanted, names), found)
    })
  }

  it('takes the nearest of several', () => {
    assert.equal(nearName('emails', ['emails_all', 'email', 'mails_x']), 'email')
  })

  it('gives up on endless names at once', () => {
    assert.equal(nearName('x'.repeat(1_000_000), ['y'.repeat(1_000_000), 'x']), null)
  })

  it('says nothing where nothing is near', () => {
    assert.equal(didYouMean('emial', names), ' Did you mean "email"?')
    assert.equal(didYouMean('zzz', names), '')
  })
})

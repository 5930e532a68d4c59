import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  addMoney,
  compareMoney,
  moneySchema,
  multiplyMoney,
  negateMoney,
  subtractMoney,
} from '../../../plugins/ticket-shop/money.ts'

const hundredths = fc.bigInt({ min: -99_999_999_999n, max: 99_999_999_999n })
const toText = (value: bigint): string => {
  const digits = (value < 0n ? -value : value).toString().padStart(3, '0')
  return `${value < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`
}

describe('money', () => {
  it('adds what floating point gets wrong', () => {
    assert.equal(addMoney('0.10', '0.20'), '0.30')
    assert.equal(addMoney('90071992547409.91', '0.02'), '90071992547409.93')
    assert.equal(addMoney(), '0.00')
  })

  it('adds, subtracts, negates and compares like whole numbers of hundredths', () => {
    fc.assert(
      fc.property(hundredths, hundredths, (left, right) => {
        assert.equal(addMoney(toText(left), toText(right)), toText(left + right))
        assert.equal(subtractMoney(toText(left), toText(right)), toText(left - right))
        assert.equal(negateMoney(toText(left)), toText(-left))
        assert.equal(Math.sign(compareMoney(toText(left), toText(right))), left < right ? -1 : left > right ? 1 : 0)
      }),
    )
  })

  it('multiplies by a quantity', () => {
    fc.assert(
      fc.property(hundredths, fc.integer({ min: 0, max: 1_000_000 }), (amount, count) => {
        assert.equal(multiplyMoney(toText(amount), count), toText(amount * BigInt(count)))
      }),
    )
  })

  it('brings amounts to two decimals at the border and refuses what is no amount', () => {
    assert.equal(moneySchema.parse('18'), '18.00')
    assert.equal(moneySchema.parse('18.5'), '18.50')
    assert.equal(moneySchema.parse('-0.05'), '-0.05')
    for (const wrong of ['', '1,50', '1.005', '1e3', 'NaN', '.5', '123456789012']) {
      assert.equal(moneySchema.safeParse(wrong).success, false, wrong)
    }
  })
})

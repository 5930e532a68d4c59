import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  compareDecimals,
  decimalText,
  exactNumber,
  plainNumberText,
  roundDecimal,
} from '../../../core/mapping/decimals.ts'

const scale = 12
/** A decimal of at most 12 decimals as an integer: the model the text arithmetic is held against. */
function scaled(text: string): bigint {
  const [whole = '', fraction = ''] = text.replace('-', '').split('.')
  const size = BigInt(whole + fraction.padEnd(scale, '0'))
  return text.startsWith('-') ? -size : size
}

const decimal = fc
  .tuple(fc.constantFrom('', '-'), fc.bigInt(0n, 10n ** 20n), fc.stringMatching(/^\d{0,12}$/))
  .map(([sign, whole, fraction]) => `${sign}${whole}${fraction === '' ? '' : `.${fraction}`}`)

describe('decimalText', () => {
  const cases: [text: string, expected: string | null][] = [
    ['12.50', '12.50'],
    [' 7 ', '7'],
    ['+7', '7'],
    ['007.10', '7.10'],
    ['.5', '0.5'],
    ['5.', '5'],
    ['-0.00', '0.00'],
    ['-0.01', '-0.01'],
    ['', null],
    ['.', null],
    ['-', null],
    ['1,5', null],
    ['1 000', null],
    ['1e5', null],
    ['0x10', null],
    ['NaN', null],
    ['Infinity', null],
    ['١٢', null],
  ]
  for (const [text, expected] of cases) {
    it(`makes ${expected} of "${text}"`, () => {
      assert.equal(decimalText(text), expected)
    })
  }
})

describe('compareDecimals', () => {
  it('compares what the numbers mean and not their text', () => {
    assert.equal(compareDecimals('12.50', '12.5'), 0)
    assert.equal(compareDecimals('-0', '0.00'), 0)
    assert.ok(Number(compareDecimals('9', '10')) < 0)
    assert.ok(Number(compareDecimals('-9', '-10')) > 0)
    assert.ok(Number(compareDecimals('0.10000000000000001', '0.1')) > 0)
    assert.equal(compareDecimals('1', 'x'), null)
  })

  it('agrees with exact integers', () => {
    fc.assert(
      fc.property(decimal, decimal, (left, right) => {
        const difference = scaled(left) - scaled(right)
        assert.equal(Math.sign(Number(compareDecimals(left, right))), difference > 0n ? 1 : difference < 0n ? -1 : 0)
      }),
    )
  })
})

describe('roundDecimal', () => {
  const cases: [text: string, digits: number, expected: string | null][] = [
    ['1.005', 2, '1.01'],
    ['2.345', 2, '2.35'],
    ['-2.345', 2, '-2.35'],
    ['2.344', 2, '2.34'],
    ['9.995', 2, '10.00'],
    ['0.5', 0, '1'],
    ['0.4', 0, '0'],
    ['-0.4', 0, '0'],
    ['12', 2, '12.00'],
    ['99999999999999999999.5', 0, '100000000000000000000'],
    ['abc', 2, null],
  ]
  for (const [text, digits, expected] of cases) {
    it(`makes ${expected} of ${text} at ${digits} digits`, () => {
      assert.equal(roundDecimal(text, digits), expected)
    })
  }

  it('is never further off than half a digit, and away from zero at the half', () => {
    fc.assert(
      fc.property(decimal, fc.nat(10), (text, digits) => {
        const rounded = scaled(String(roundDecimal(text, digits)))
        const unit = 10n ** BigInt(scale - digits)
        const error = rounded - scaled(text)
        assert.equal(rounded % unit, 0n)
        assert.ok(2n * (error < 0n ? -error : error) <= unit)
        if (2n * error === unit) assert.ok(scaled(text) > 0n)
        if (2n * error === -unit) assert.ok(scaled(text) < 0n)
      }),
    )
  })

  it('takes no time over endless digits', () => {
    assert.equal(roundDecimal(`${'9'.repeat(500_000)}.${'9'.repeat(400_000)}8`, 2)?.length, 500_004)
  })
})

describe('exactNumber', () => {
  const cases: [text: string, expected: number | null][] = [
    ['12.50', 12.5],
    ['0.1', 0.1],
    ['-0', 0],
    ['9007199254740993', null],
    ['0.12345678901234567890', null],
    ['1'.repeat(400), null],
    ['abc', null],
  ]
  for (const [text, expected] of cases) {
    it(`makes ${expected} of ${text.slice(0, 30)}`, () => {
      assert.equal(exactNumber(text), expected)
    })
  }

  it('gives back every number that was written out', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
        const text = plainNumberText(number)
        assert.doesNotMatch(text, /e/)
        assert.equal(exactNumber(text), number + 0)
      }),
    )
  })
})

describe('plainNumberText', () => {
  it('writes large and small numbers without an exponent', () => {
    assert.equal(plainNumberText(1e21), '1000000000000000000000')
    assert.equal(plainNumberText(-1.5e-7), '-0.00000015')
    assert.equal(plainNumberText(1.25e22), '12500000000000000000000')
    assert.equal(plainNumberText(12.5), '12.5')
  })
})

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { parseRetryAfter } from '../../../core/http/retry-after.ts'

const now = new Date('2026-03-01T12:00:00.000Z')
const dayMs = 24 * 60 * 60 * 1000

describe('parseRetryAfter', () => {
  const table: [string, string | undefined, string | null][] = [
    ['seconds', '120', '2026-03-01T12:02:00.000Z'],
    ['seconds with blanks around', ' 5 ', '2026-03-01T12:00:05.000Z'],
    ['a fraction of seconds', '1.5', '2026-03-01T12:00:01.500Z'],
    ['an HTTP-date', 'Sun, 01 Mar 2026 13:00:00 GMT', '2026-03-01T13:00:00.000Z'],
    ['an RFC 850 date', 'Sunday, 01-Mar-26 13:00:00 GMT', '2026-03-01T13:00:00.000Z'],
    ['an asctime date, which is in GMT too', 'Sun Mar  1 13:00:00 2026', '2026-03-01T13:00:00.000Z'],
    ['ten years ahead, clamped to a day', 'Sat, 01 Mar 2036 12:00:00 GMT', '2026-03-02T12:00:00.000Z'],
    ['a number too large for a date, clamped', '99999999999999999999999', '2026-03-02T12:00:00.000Z'],
    ['no header', undefined, null],
    ['an empty header', '', null],
    ['a negative number', '-5', null],
    ['zero: no pause is asked for', '0', null],
    ['a date in the past', 'Sun, 01 Mar 2026 11:00:00 GMT', null],
    ['garbage', 'soon', null],
    ['a date in words, which Date.parse would accept', 'March 2, 2026', null],
    ['a date without its day of the week', '02 Mar 2026 12:00:00 GMT', null],
    ['a year alone, which is a number of seconds', '2027', '2026-03-01T12:33:47.000Z'],
    ['an ISO date, which the header does not allow', '2026-03-01T13:00:00Z', null],
    ['a day that does not exist', 'Sun, 99 Mar 2026 13:00:00 GMT', null],
    ['an exponent', '1e3', null],
    ['two headers in one', '120, 240', null],
  ]
  for (const [title, value, expected] of table) {
    it(`reads ${title}`, () => {
      assert.equal(parseRetryAfter(value, { now })?.toISOString() ?? null, expected)
    })
  }

  it('takes a date as a wait by the clock of the remote, where that is told', () => {
    const retryAfter = 'Sun, 01 Mar 2026 10:02:00 GMT'
    const at = (date: string | undefined) => parseRetryAfter(retryAfter, { now, date })?.toISOString() ?? null
    assert.equal(at('Sun, 01 Mar 2026 10:00:00 GMT'), '2026-03-01T12:02:00.000Z')
    assert.equal(at('Sun, 01 Mar 2026 10:03:00 GMT'), null)
    assert.equal(at(undefined), null)
    assert.equal(at('nonsense'), null)
  })

  it('never answers with a time that is not ahead, or more than a day ahead', () => {
    const headers = fc.oneof(
      fc.string(),
      fc.double().map(String),
      fc.integer().map(String),
      fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
    )
    fc.assert(
      fc.property(headers, (header) => {
        const at = parseRetryAfter(header, { now })
        if (at === null) return
        const waitMs = at.getTime() - now.getTime()
        assert.ok(waitMs > 0 && waitMs <= dayMs, `${header} gave ${waitMs} ms`)
      }),
      { numRuns: 2000 },
    )
  })
})

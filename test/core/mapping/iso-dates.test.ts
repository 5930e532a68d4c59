import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { compareIsoDates, epochMs, isoDatetimeText, parseIsoDate } from '../../../core/mapping/iso-dates.ts'

describe('parseIsoDate', () => {
  const read: [text: string, datetime: string][] = [
    ['2026-03-01', '2026-03-01T00:00:00Z'],
    ['2026-03-01T09:30', '2026-03-01T09:30:00'],
    ['2026-03-01 09:30:15', '2026-03-01T09:30:15'],
    ['2026-03-01T09:30:15.25+01:00', '2026-03-01T09:30:15.25+01:00'],
    ['2026-03-01T09:30:15,5z', '2026-03-01T09:30:15.5Z'],
    ['2026-03-01 09:30:15-0330', '2026-03-01T09:30:15-03:30'],
    ['2026-03-01 09:30:15+00', '2026-03-01T09:30:15+00:00'],
    ['2024-02-29', '2024-02-29T00:00:00Z'],
    ['2000-02-29', '2000-02-29T00:00:00Z'],
    [' 2026-12-31 ', '2026-12-31T00:00:00Z'],
  ]
  for (const [text, datetime] of read) {
    it(`reads ${text}`, () => {
      const date = parseIsoDate(text)
      assert.equal(date === null ? null : isoDatetimeText(date), datetime)
    })
  }

  const refused = [
    '',
    '2026',
    '2026-3-1',
    '01.03.2026',
    '2026-02-29',
    '1900-02-29',
    '2026-04-31',
    '2026-00-10',
    '2026-13-01',
    '2026-01-00',
    '2026-03-01T24:00:00',
    '2026-03-01T09:60',
    '2026-03-01T09:30:60',
    '2026-03-01T09:30+24:00',
    '2026-03-01T09:30+01:60',
    '2026-03-01T',
    '2026-03-01T09',
    '2026-03-01x',
    '+002026-03-01',
  ]
  for (const text of refused) {
    it(`refuses "${text}"`, () => {
      assert.equal(parseIsoDate(text), null)
    })
  }
})

describe('epochMs', () => {
  it('agrees with the platform for every instant from the year 0 to 9999', () => {
    const instant = fc.date({
      min: new Date('0000-01-01T00:00:00Z'),
      max: new Date('9999-12-31T23:59:59Z'),
      noInvalidDate: true,
    })
    const offset = fc.constantFrom('Z', '+00:00', '+01:00', '-03:30', '+14:00', '-12:00')
    fc.assert(
      fc.property(instant, offset, (date, zone) => {
        const text = date.toISOString().replace('Z', zone)
        const parsed = parseIsoDate(text)
        assert.ok(parsed !== null)
        assert.equal(epochMs(parsed), Date.parse(text))
      }),
    )
  })
})

describe('compareIsoDates', () => {
  const cases: [left: string, right: string, order: number | null][] = [
    ['2026-03-01', '2026-03-02', -1],
    ['2026-03-01T10:00:00+01:00', '2026-03-01T09:00:00Z', 0],
    ['2026-03-01T10:00:00+02:00', '2026-03-01T09:00:00Z', -1],
    ['2026-03-01T23:30:00-05:00', '2026-03-02T00:00:00Z', 1],
    ['2026-03-01T23:30:00-05:00', '2026-03-01', 0],
    ['2026-03-01T10:00:00+02:00', '2026-03-01T10:00:00', 0],
    ['2026-03-01', 'yesterday', null],
  ]
  for (const [left, right, order] of cases) {
    it(`puts ${left} and ${right} at ${order}`, () => {
      const compared = compareIsoDates(left, right)
      assert.equal(compared === null ? null : Math.sign(compared), order)
      const reversed = compareIsoDates(right, left)
      assert.equal(reversed === null ? null : Math.sign(reversed) + 0, order === null ? null : -order + 0)
    })
  }
})

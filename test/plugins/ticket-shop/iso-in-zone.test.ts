import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { isoInZone, timezoneSchema } from '../../../plugins/ticket-shop/iso-in-zone.ts'

describe('isoInZone', () => {
  it('tells the same instant in the zone of the event, summer and winter', () => {
    assert.equal(isoInZone('2026-03-01T09:00:00Z', 'Europe/Berlin'), '2026-03-01T10:00:00+01:00')
    assert.equal(isoInZone('2026-07-01T09:00:00Z', 'Europe/Berlin'), '2026-07-01T11:00:00+02:00')
    assert.equal(isoInZone('2026-03-01T09:00:00.123456Z', 'UTC'), '2026-03-01T09:00:00+00:00')
    assert.equal(isoInZone('2026-03-01T01:00:00Z', 'America/Los_Angeles'), '2026-02-28T17:00:00-08:00')
    assert.equal(isoInZone('2026-03-01T01:00:00Z', 'Asia/Kathmandu'), '2026-03-01T06:45:00+05:45')
    assert.equal(isoInZone('2026-03-01T01:00:00Z', 'America/St_Johns'), '2026-02-28T21:30:00-03:30')
  })

  it('names the instant that it was given, in every zone', () => {
    const zones = Intl.supportedValuesOf('timeZone')
    const instants = fc.date({ min: new Date('1995-01-01'), max: new Date('2060-01-01'), noInvalidDate: true })
    fc.assert(
      fc.property(instants, fc.constantFrom(...zones), (instant, zone) => {
        const seconds = Math.floor(instant.getTime() / 1000)
        assert.equal(Date.parse(isoInZone(instant, zone)) / 1000, seconds)
      }),
    )
  })

  it('knows which zones there are', () => {
    assert.equal(timezoneSchema.safeParse('Europe/Berlin').success, true)
    assert.equal(timezoneSchema.safeParse('Europe/Atlantis').success, false)
  })
})

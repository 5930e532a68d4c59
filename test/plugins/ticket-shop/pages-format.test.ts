import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { countries, countryName, findCountry } from '../../../plugins/ticket-shop/pages/countries.ts'
import { createEventFormat } from '../../../plugins/ticket-shop/pages/event-format.ts'
import { localeLabel } from '../../../plugins/ticket-shop/pages/locale-options.ts'
import { instantInZone, localDayIn, localTimeIn } from '../../../plugins/ticket-shop/pages/zoned-time.ts'

const plain = (text: string): string => text.replaceAll(/\s/g, ' ')

describe('the format of an event', () => {
  const at = new Date('2026-03-01T23:30:00Z')

  it('follows its language, currency and zone', () => {
    const german = createEventFormat({ locales: ['de', 'en'], currency: 'EUR', timezone: 'Europe/Berlin' })
    assert.equal(plain(german.money('-1234567.80')), '-1.234.567,80 €')
    assert.deepEqual(german.dateTime(at), { iso: '2026-03-01T23:30:00.000Z', text: '02.03.2026, 00:30' })
    assert.equal(german.day('2026-09-17'), '17.09.2026')
    const american = createEventFormat({ locales: ['en'], currency: 'USD', timezone: 'America/New_York' })
    assert.equal(american.money('0.10'), '$0.10')
    assert.equal(plain(american.dateTime(at).text), 'Mar 1, 2026, 6:30 PM')
  })

  it('keeps every hundredth, whatever the currency and however large the amount', () => {
    const format = (currency: string) => createEventFormat({ locales: ['en'], currency, timezone: 'UTC' })
    assert.equal(format('EUR').money('99999999999.99'), '€99,999,999,999.99')
    assert.equal(format('JPY').money('1200.00'), '¥1,200')
    assert.equal(format('JPY').money('1200.50'), '¥1,200.5')
    assert.equal(plain(format('KWD').money('1.50')), 'KWD 1.50')
  })

  it('falls back to English for a language that is none', () => {
    const format = createEventFormat({ locales: ['en-muchTooLongForATag'], currency: 'EUR', timezone: 'UTC' })
    assert.equal(format.date(at).text, 'Mar 1, 2026')
    assert.equal(createEventFormat({ locales: [], currency: 'EUR', timezone: 'UTC' }).money('1'), '€1.00')
    assert.equal(localeLabel('en-muchTooLongForATag'), 'en-muchTooLongForATag')
    assert.equal(localeLabel('de'), 'German')
  })

  it('shows a day that is none as it is', () => {
    assert.equal(createEventFormat({ locales: ['en'], currency: 'EUR', timezone: 'UTC' }).day('soon'), 'soon')
  })
})

describe('a local time', () => {
  const zones = [
    'UTC',
    'Europe/Berlin',
    'America/New_York',
    'Asia/Kolkata',
    'Australia/Lord_Howe',
    'America/St_Johns',
    'Pacific/Apia',
  ]

  it('is the instant that reads like it in its zone, and back', () => {
    const minute = fc.integer({ min: Date.UTC(1950, 0) / 60_000, max: Date.UTC(2090, 0) / 60_000 })
    fc.assert(
      fc.property(minute, fc.constantFrom(...zones), (minutes, zone) => {
        const local = localTimeIn(new Date(minutes * 60_000), zone)
        const instant = instantInZone(local, zone)
        assert.ok(instant)
        assert.equal(localTimeIn(instant, zone), local)
        assert.equal(localDayIn(instant, zone), local.slice(0, 10))
      }),
    )
  })

  it('that summer time skips is as much later', () => {
    assert.deepEqual(instantInZone('2026-03-29T02:30', 'Europe/Berlin'), new Date('2026-03-29T01:30:00Z'))
    assert.deepEqual(instantInZone('2026-03-29T03:30:15', 'Europe/Berlin'), new Date('2026-03-29T01:30:15Z'))
  })

  it('that is none is null', () => {
    for (const text of [
      '',
      'soon',
      '2026-02-30T10:00',
      '2026-13-01T10:00',
      '2026-01-01T24:30',
      '2026-01-01',
      '2026-1-1T10:00',
      '2026-01-01T10:00Z',
    ]) {
      assert.equal(instantInZone(text, 'Europe/Berlin'), null, text)
    }
  })
})

describe('a country', () => {
  it('is found by its code and by its name in English or a language of the event', () => {
    for (const typed of ['DE', 'de', ' Germany ', 'GERMANY', 'Deutschland'])
      assert.equal(findCountry(typed, ['de']), 'DE', typed)
    assert.equal(findCountry('Deutschland', ['fr']), null)
    assert.equal(findCountry('Allemagne', ['en-muchTooLongForATag', 'fr']), 'DE')
    assert.equal(findCountry('uk', []), 'GB')
    assert.equal(findCountry('US', []), 'US')
    assert.equal(findCountry('Côte d’Ivoire'.normalize('NFD'), []), 'CI')
    for (const none of ['', 'Atlantis', 'ZZ', 'EU', 'XA', '1', '__proto__'])
      assert.equal(findCountry(none, ['en', 'de']), null, none)
  })

  it('is one of about 250, each with a code and a name of its own', () => {
    assert.ok(countries.length > 240 && countries.length < 270)
    assert.equal(new Set(countries.map(({ code }) => code)).size, countries.length)
    for (const { code, name } of countries) {
      assert.equal(findCountry(name, []), code)
      assert.equal(countryName(code), name)
    }
    assert.equal(countryName('USA'), 'USA')
  })
})

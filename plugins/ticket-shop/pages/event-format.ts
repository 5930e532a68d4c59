// Amounts and moments as people at an event write them: in its first language, its currency and its time zone.
import type { Event } from '../entities/event.entity.ts'
import { knownLocale } from './known-locale.ts'

/** A moment for a <time> element. */
export interface Moment {
  iso: string
  text: string
}

export interface EventFormat {
  money(amount: string): string
  date(at: Date): Moment
  dateTime(at: Date): Moment
  /** A day without a time, as `2026-09-17`. */
  day(iso: string): string
}

export function createEventFormat({
  locales,
  currency,
  timezone,
}: Pick<Event, 'locales' | 'currency' | 'timezone'>): EventFormat {
  const locale = knownLocale(locales[0])
  // The shop counts hundredths whatever the currency; where it has none, they show only when there are some.
  const decimals = new Intl.NumberFormat(locale, { style: 'currency', currency }).resolvedOptions()
  const minimumFractionDigits = Math.min(decimals.maximumFractionDigits ?? 2, 2)
  const money = new Intl.NumberFormat(locale, {
    style: 'currency',
    currency,
    minimumFractionDigits,
    maximumFractionDigits: 2,
  })
  const date = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone: timezone })
  const dateTime = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short', timeZone: timezone })
  const day = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone: 'UTC' })
  const moment = (format: Intl.DateTimeFormat, at: Date): Moment => ({ iso: at.toISOString(), text: format.format(at) })
  return {
    // Formatted as text, so that no amount passes through floating point; amounts come from the database as decimals.
    money: (amount) => money.format(amount as Intl.StringNumericLiteral),
    date: (at) => moment(date, at),
    dateTime: (at) => moment(dateTime, at),
    day: (iso) => {
      const at = new Date(`${iso}T00:00:00Z`)
      return Number.isNaN(at.getTime()) ? iso : day.format(at)
    },
  }
}

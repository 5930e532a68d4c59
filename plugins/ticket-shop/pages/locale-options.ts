// The languages of an event to choose from, by their English names.
import type { FieldOption } from '../../../core/sdk/index.ts'
import type { Event } from '../entities/event.entity.ts'
import { knownLocale } from './known-locale.ts'

const names = new Intl.DisplayNames('en', { type: 'language' })

export function localeOptions({ locales }: Pick<Event, 'locales'>): FieldOption[] {
  return locales.map((locale) => ({ key: locale, label: localeLabel(locale) }))
}

export function localeLabel(locale: string): string {
  // A tag that Intl does not know is shown as it is.
  return knownLocale(locale).toLowerCase() === locale.toLowerCase() ? (names.of(locale) ?? locale) : locale
}

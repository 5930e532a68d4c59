// Countries by the names people type and the two letters that are stored. The list is the one the runtime knows.
import { knownLocale } from './known-locale.ts'

// What has a code and a name but is no country: groups of countries, outlying Oceania, test codes, "unknown region".
const notCountries = new Set(['EU', 'EZ', 'UN', 'QO', 'XA', 'XB', 'ZZ'])
const english = namesIn('en', 'long')

export const countries: readonly { code: string; name: string }[] = allCodes()
  .flatMap((code) => {
    const name = english.of(code)
    return name === undefined || notCountries.has(code) || currentCode(code) !== code ? [] : { code, name }
  })
  .sort((left, right) => left.name.localeCompare(right.name, 'en'))

const namesByCode = new Map(countries.map(({ code, name }) => [code, name]))

/** The English name of a code; anything else as it is. */
export function countryName(code: string): string {
  return namesByCode.get(code) ?? code
}

/** The code of what was typed: a code, or a name in English or in one of these languages. */
export function findCountry(typed: string, locales: readonly string[]): string | null {
  const text = fold(typed)
  if (/^[a-z]{2}$/.test(text)) {
    const code = currentCode(text)
    if (code !== undefined && namesByCode.has(code)) return code
  }
  const languages = [english, namesIn('en', 'short'), ...locales.map((locale) => namesIn(knownLocale(locale), 'long'))]
  const found = countries.find(({ code }) => languages.some((names) => fold(names.of(code) ?? '') === text))
  return found?.code ?? null
}

function namesIn(locale: string, style: 'long' | 'short'): Intl.DisplayNames {
  return new Intl.DisplayNames(locale, { type: 'region', style, fallback: 'none' })
}

function fold(text: string): string {
  return text.normalize('NFC').trim().toLowerCase()
}

// Codes that are no more lead to their successor, and UK to GB.
function currentCode(code: string): string | undefined {
  return new Intl.Locale(`und-${code}`).region
}

function allCodes(): string[] {
  const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ']
  return letters.flatMap((first) => letters.map((second) => first + second))
}

// Names and addresses as fields, for attendees and for invoices. Field names are the paths of the order actions' input,
// joined by underscores, so that what a schema refuses finds its field.
import type { Event } from '../entities/event.entity.ts'
import { type NameInput, type NamePart, type NameParts, namePartLabels, partsOf, readNamePart } from '../name-scheme.ts'
import { addressShape } from '../order-input.ts'
import { countryName, findCountry } from './countries.ts'
import { createField, type FormField, type FormValues } from './form-field.ts'

export type AddressColumn = keyof typeof addressShape
export type AddressInput = Record<AddressColumn, string | null>

// Object.keys is typed as text; these are the keys of the object itself.
export const addressColumnNames = Object.keys(addressShape) as AddressColumn[]

const addressLabels: Readonly<Record<AddressColumn, string>> = {
  company: 'Company',
  street: 'Street and number',
  zipcode: 'Postal code',
  city: 'City',
  state: 'State or region',
  country: 'Country',
}
const addressWidths: Readonly<Record<AddressColumn, FormField['width']>> = {
  company: 'half',
  street: 'half',
  zipcode: 'quarter',
  city: 'half',
  state: 'quarter',
  country: 'half',
}

interface Placed {
  prefix: string
  place: string
  values: FormValues
}

export function addressFields({ prefix, place, values }: Placed): FormField[] {
  return addressColumnNames.map((column) =>
    createField(
      {
        name: `${prefix}_${column}`,
        label: addressLabels[column],
        kind: column === 'country' ? 'country' : 'text',
        width: addressWidths[column],
        place,
      },
      values,
    ),
  )
}

/** A country that is known is stored by its code, any other as it was written. */
export function readAddress(
  { prefix, values }: Pick<Placed, 'prefix' | 'values'>,
  { locales }: Pick<Event, 'locales'>,
): AddressInput {
  const read = (column: AddressColumn): string | null => {
    const typed = values.text(`${prefix}_${column}`)
    if (typed === '') return null
    return column === 'country' ? (findCountry(typed, locales) ?? typed) : typed
  }
  return {
    company: read('company'),
    street: read('street'),
    zipcode: read('zipcode'),
    city: read('city'),
    state: read('state'),
    country: read('country'),
  }
}

export function addressPreset(prefix: string, read: (column: AddressColumn) => string): Record<string, string> {
  return Object.fromEntries(
    addressColumnNames.map((column) => [
      `${prefix}_${column}`,
      column === 'country' ? countryName(read(column)) : read(column),
    ]),
  )
}

export function nameFields({ prefix, place, values }: Placed, { nameScheme }: Pick<Event, 'nameScheme'>): FormField[] {
  return partsOf(nameScheme).map((part) =>
    createField(
      {
        name: `${prefix}_${part}`,
        label: namePartLabels[part],
        width: part === 'salutation' || part === 'title' ? 'quarter' : 'half',
        place,
      },
      values,
    ),
  )
}

/** Null when nothing of a name was typed. */
export function readName(
  { prefix, values }: Pick<Placed, 'prefix' | 'values'>,
  { nameScheme }: Pick<Event, 'nameScheme'>,
): NameInput | null {
  const parts: { [part in NamePart]?: string } = {}
  for (const part of partsOf(nameScheme)) {
    const typed = values.text(`${prefix}_${part}`)
    if (typed !== '') parts[part] = typed
  }
  return Object.keys(parts).length > 0 ? parts : null
}

export function namePreset(
  prefix: string,
  name: NameParts | null,
  { nameScheme }: Pick<Event, 'nameScheme'>,
): Record<string, string> {
  return Object.fromEntries(partsOf(nameScheme).map((part) => [`${prefix}_${part}`, readNamePart(name, part) ?? '']))
}

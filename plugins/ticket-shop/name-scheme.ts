// How an event asks for people's names. A name is stored as its parts together with the scheme it was asked under, so that
// it still reads right after the event changes its scheme.
import { z } from '../../core/sdk/index.ts'
import { ShopError } from './shop-error.ts'

export const nameSchemeKeys = [
  'full',
  'given_family',
  'title_given_family',
  'salutation_given_family',
  'salutation_title_given_family',
] as const
export type NameSchemeKey = (typeof nameSchemeKeys)[number]

export const namePartLabels = {
  full_name: 'Name',
  salutation: 'Salutation',
  title: 'Title',
  given_name: 'Given name',
  family_name: 'Family name',
} as const
export type NamePart = keyof typeof namePartLabels

const schemeParts = {
  full: ['full_name'],
  given_family: ['given_name', 'family_name'],
  title_given_family: ['title', 'given_name', 'family_name'],
  salutation_given_family: ['salutation', 'given_name', 'family_name'],
  salutation_title_given_family: ['salutation', 'title', 'given_name', 'family_name'],
} as const satisfies Record<NameSchemeKey, readonly NamePart[]>

export type NameParts = { scheme: NameSchemeKey } & { [part in NamePart]?: string }

export function partsOf(scheme: NameSchemeKey): readonly NamePart[] {
  return schemeParts[scheme]
}

const partSchema = z.string().trim().min(1).max(200)

/** A name on its way in: its parts, or the whole of it as text. */
export const nameInputSchema = z.union([
  partSchema,
  z.strictObject({
    full_name: partSchema.optional(),
    salutation: partSchema.optional(),
    title: partSchema.optional(),
    given_name: partSchema.optional(),
    family_name: partSchema.optional(),
  }),
])
export type NameInput = z.infer<typeof nameInputSchema>

/**
 * The name to store. A text under a scheme of several parts stays whole, because nobody can tell where it divides; parts
 * that the scheme does not ask for are refused.
 */
export function toNameParts(name: NameInput, scheme: NameSchemeKey): NameParts {
  if (typeof name === 'string') return { scheme: 'full', full_name: name }
  const known: readonly string[] = schemeParts[scheme]
  const strange = Object.keys(name).find((part) => !known.includes(part))
  if (strange) {
    throw new ShopError(`Names are asked for as "${scheme}", which has no part "${strange}", only ${known.join(', ')}.`)
  }
  return { scheme, ...name }
}

/** The name as it is written; a salutation is not part of it. Null when there is none. */
export function fullName(name: NameParts | null): string | null {
  if (!name) return null
  const written = schemeParts[name.scheme].filter((part) => part !== 'salutation')
  const text = written
    .map((part: NamePart) => name[part])
    .filter((part) => part !== undefined && part !== '')
    .join(' ')
  return text === '' ? null : text
}

/**
 * One part of a name. Given and family name of a name that was asked for as one text are split on its last space, which is
 * wrong for many people; a single word counts as given name.
 */
export function readNamePart(name: NameParts | null, part: NamePart): string | null {
  if (!name) return null
  const parts: readonly NamePart[] = schemeParts[name.scheme]
  if (parts.includes(part)) return name[part] || null
  if (part === 'full_name') return fullName(name)
  if (part !== 'given_name' && part !== 'family_name') return null
  const whole = fullName(name)?.trim() ?? ''
  const lastSpace = whole.lastIndexOf(' ')
  const split = lastSpace === -1 ? [whole, ''] : [whole.slice(0, lastSpace).trim(), whole.slice(lastSpace + 1)]
  return split[part === 'given_name' ? 0 : 1] || null
}

// Hides what a person wrote and keeps its shape, so that a mapping treats it as before: letters become x, digits 0, and the
// same text always becomes the same. What the mapping itself names stays, because what it makes depends on it. PURE.
import type { ExternalObjectType } from '../sdk/external-object-type.ts'
import type { Condition, MappingDocument } from '../sdk/mapping.ts'
import { toBoolean } from './conversions.ts'
import { parseIsoDate } from './iso-dates.ts'

/** Parts that are shorter would let through the text piece by piece. */
const minPartLength = 3

export function createMask({
  document,
  objectTypes,
}: {
  document: MappingDocument
  objectTypes: readonly ExternalObjectType[]
}): (text: string) => string {
  const named = namedTexts(document)
  // A text that is one of the remote's own options says nothing of a person.
  const options = objectTypes.flatMap(({ fields }) => fields.flatMap((field) => field.options ?? []))
  const wholes = new Set([...named.wholes, ...options.map(({ key }) => key)])
  const parts = [...named.parts].filter((part) => part.length >= minPartLength)
  const pattern = parts.length > 0 ? new RegExp(`(${parts.sort(longestFirst).map(escaped).join('|')})`) : null

  return function mask(text) {
    const isOfNobody = wholes.has(text) || toBoolean(text) !== undefined || parseIsoDate(text) !== null
    if (isOfNobody) return text
    // Every second piece is what was split at.
    const pieces = pattern ? text.split(pattern) : [text]
    if (pieces.length > 1)
      return pieces.map((piece, index) => (index % 2 === 1 ? piece : maskCharacters(piece))).join('')
    return maskEmail(text) ?? maskAddress(text) ?? maskCharacters(text)
  }
}

function maskEmail(text: string): string | null {
  const [, name] = /^([^\s@]+)@[^\s@]+$/.exec(text) ?? []
  return name === undefined ? null : `${maskCharacters(name)}@example.org`
}

function maskAddress(text: string): string | null {
  const [, scheme, rest = ''] = /^(https?:\/\/)[^/?#\s]+(\S*)$/i.exec(text) ?? []
  return scheme === undefined ? null : `${scheme}example.org${maskCharacters(rest)}`
}

function maskCharacters(text: string): string {
  return text.replaceAll(/[\p{L}\p{M}\p{N}]/gu, (character) =>
    /\p{N}/u.test(character) ? '0' : /\p{Lu}/u.test(character) ? 'X' : 'x',
  )
}

/** What conditions compare with and transforms look for: whole texts, and parts of texts. */
function namedTexts(document: MappingDocument): { wholes: Set<string>; parts: Set<string> } {
  const wholes = new Set<string>()
  const parts = new Set<string>()
  const gather = (condition: Condition): void => {
    if ('all' in condition) condition.all.forEach(gather)
    else if ('any' in condition) condition.any.forEach(gather)
    else if ('not' in condition) gather(condition.not)
    else if ('oneOf' in condition) for (const text of condition.oneOf) wholes.add(text)
    else if ('operator' in condition) {
      const isOfPart = ['contains', 'starts_with', 'ends_with'].includes(condition.operator)
      if (isOfPart) parts.add(String(condition.value))
      else wholes.add(String(condition.value))
    }
  }
  for (const { when, propertyMappings } of document) {
    if (when) gather(when)
    const transforms = propertyMappings.flatMap((property) =>
      'each' in property ? property.each.propertyMappings.flatMap((one) => one.transforms) : property.transforms,
    )
    for (const transform of transforms) if (transform.name === 'replace') parts.add(transform.search)
  }
  return { wholes, parts }
}

const longestFirst = (left: string, right: string): number => right.length - left.length
const escaped = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`)

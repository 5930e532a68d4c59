// The changes to a mapping document that are a button each: move, switch on or off, remove. PURE.
import type { MappingDocument } from '../../sdk/mapping.ts'

export const documentVerbs = ['up', 'down', 'on', 'off', 'remove'] as const
export type DocumentVerb = (typeof documentVerbs)[number]

/** The document itself where there is nothing to change, such as a mapping that is gone or first already. */
export function changeDocument(
  document: MappingDocument,
  { verb, key }: { verb: DocumentVerb; key: string },
): MappingDocument {
  const index = document.findIndex((one) => one.key === key)
  const mapping = document[index]
  if (!mapping) return document
  switch (verb) {
    case 'on':
    case 'off':
      return mapping.isEnabled === (verb === 'on')
        ? document
        : document.with(index, { ...mapping, isEnabled: verb === 'on' })
    case 'remove':
      return document.toSpliced(index, 1)
    case 'up':
    case 'down': {
      const target = verb === 'up' ? index - 1 : index + 1
      if (target < 0 || target >= document.length) return document
      return document.toSpliced(index, 1).toSpliced(target, 0, mapping)
    }
  }
}

/** A key for a new mapping that no other has: `contact`, then `contact_2`. */
export function newKey(document: MappingDocument, objectType: string): string {
  const base =
    objectType
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '_')
      .replaceAll(/^_+|_+$/g, '')
      .slice(0, 100) || 'mapping'
  const taken = new Set(document.map(({ key }) => key))
  for (let number = 1; ; number += 1) {
    const key = number === 1 && !['prototype', 'constructor'].includes(base) ? base : `${base}_${number}`
    if (!taken.has(key)) return key
  }
}

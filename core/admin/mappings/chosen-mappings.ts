// Mappings that a person chose from a list, and what they become together with those that are there: a choice of all or
// some, beside the others or in their place.
import { isDeepStrictEqual } from 'node:util'
import type { Mappings } from '../../connections/mappings.ts'
import type { MappingDocument, ObjectMapping } from '../../sdk/mapping.ts'
import { type FormFields, listField, textField } from '../form-fields.ts'
import type { MappingWords } from '../mapping-words.ts'

export interface MappingChoice {
  chosen: MappingDocument
  /** Those that are there and were not chosen stay. */
  keepsOthers: boolean
}

/** The words say what is wrong with a choice, by field. */
export function readChoice(
  fields: FormFields,
  offered: readonly ObjectMapping[],
): MappingChoice | { problem: { field: string; text: string } } {
  const keys = listField(fields, 'mapping')
  const chosen = offered.filter(({ key }) => keys.includes(key))
  if (chosen.length === 0) return { problem: { field: 'mapping', text: 'Choose at least one mapping.' } }
  const others = textField(fields, 'others')
  if (others !== 'keep' && others !== 'drop') {
    return { problem: { field: 'others', text: 'Choose what becomes of the mappings that are there.' } }
  }
  return { chosen, keepsOthers: others === 'keep' }
}

/** One that is there under the same key is replaced in its place; the rest follows in order. */
export function joinChosen(there: MappingDocument, { chosen, keepsOthers }: MappingChoice): MappingDocument {
  if (!keepsOthers) return [...chosen]
  const byKey = new Map(chosen.map((mapping) => [mapping.key, mapping]))
  const taken = new Set(there.map(({ key }) => key))
  return [...there.map((mapping) => byKey.get(mapping.key) ?? mapping), ...chosen.filter(({ key }) => !taken.has(key))]
}

/** What mappings are added to: the draft, else what is in force. */
export async function currentDocument(
  mappings: Pick<Mappings, 'draft' | 'published'>,
  connectionId: string,
): Promise<{ document: MappingDocument; revision: number | null }> {
  const draft = await mappings.draft(connectionId)
  if (draft) return draft
  return { document: (await mappings.published(connectionId))?.document ?? [], revision: null }
}

export interface OfferedMapping {
  key: string
  words: MappingWords
  /** How it stands to what is there. */
  note: string
  isChosen: boolean
}

/** @param notes for one that is not there, is there as it is offered, is there and differs */
export function offer(
  offered: readonly ObjectMapping[],
  {
    there,
    words,
    fields,
    notes,
    isChosen,
  }: {
    there: MappingDocument
    words: readonly MappingWords[]
    /** What was posted, when the page is shown again. */
    fields: FormFields | null
    notes: { absent: string; same: string; differs: string }
    isChosen(own: ObjectMapping | undefined): boolean
  },
): readonly OfferedMapping[] {
  return offered.flatMap((mapping, index) => {
    const own = there.find(({ key }) => key === mapping.key)
    const said = words[index]
    if (!said) return []
    return {
      key: mapping.key,
      words: said,
      note: !own ? notes.absent : isDeepStrictEqual(own, mapping) ? notes.same : notes.differs,
      isChosen: fields ? listField(fields, 'mapping').includes(mapping.key) : isChosen(own),
    }
  })
}

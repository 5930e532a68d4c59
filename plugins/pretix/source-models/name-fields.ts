// Fields for the parts of a name. Each event of pretix asks for names in its own way, and the answer tells which parts there
// are; so every part that is asked for anywhere has a field.
import type { FieldMaker, SourceField } from '../../../core/sdk/index.ts'
import type { LoadedName } from './loaded-order.ts'

const partLabels = {
  salutation: 'Salutation',
  title: 'Title',
  given_name: 'Given name',
  family_name: 'Family name',
  full_name: 'Name',
} as const
type NamePart = keyof typeof partLabels
const parts = Object.keys(partLabels) as NamePart[]

export function namePartFields<Record>({
  keyPrefix,
  labelPrefix,
  make,
  readName,
}: {
  /** `attendee_name` makes `attendee_name_given_name` and so on. */
  keyPrefix: string
  labelPrefix: string
  make: FieldMaker<Record>
  readName(record: Record): LoadedName | null
}): SourceField[] {
  return parts.map((part) =>
    make({
      key: `${keyPrefix}_${part}`,
      label: `${labelPrefix}: ${partLabels[part]}`,
      // The whole name has a field of its own.
      ...(part === 'full_name' ? { isDeprecated: true } : {}),
      read: (record) => readNamePart(readName(record), part),
    }),
  )
}

/**
 * One part of a name. Given and family name of a name that was asked for as one text are split on its last space, which is
 * wrong for many people; a single word counts as given name.
 */
function readNamePart(name: LoadedName | null, part: NamePart): string | null {
  if (!name) return null
  const stored = name.parts[part]
  if (stored) return stored
  if (part === 'full_name') return name.whole
  if ((part !== 'given_name' && part !== 'family_name') || name.parts.given_name || name.parts.family_name) return null
  const whole = name.whole?.trim() ?? ''
  const lastSpace = whole.lastIndexOf(' ')
  const [given, family] =
    lastSpace === -1 ? [whole, ''] : [whole.slice(0, lastSpace).trim(), whole.slice(lastSpace + 1)]
  return (part === 'given_name' ? given : family) || null
}

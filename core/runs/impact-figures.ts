// What an impact has counted so far, and how a page of previews is added to it. It is stored with the run's checkpoint, so it
// grows with the mapping and with the number of causes that are kept, never with the number of records. PURE.
import { z } from 'zod'
import type { ObjectPreview, SubjectPreview } from '../sync/preview-subjects.ts'
import { causeOf } from './impact-causes.ts'
import { contentOf, identityOf, type MetObjects } from './impact-objects.ts'

/** What sending a record would do; `plugin_off` where nothing is sent because the plugin is switched off. */
export const impactVerdicts = [
  'sends',
  'nothing_to_do',
  'skipped',
  'waiting',
  'failed',
  'gone',
  'plugin_off',
] as const satisfies readonly (SubjectPreview['verdict'] | 'plugin_off')[]
export type ImpactVerdict = (typeof impactVerdicts)[number]

/** Records that sending would change something of, now or once what they wait for is there. */
export const affectedVerdicts = ['sends', 'waiting'] as const satisfies readonly ImpactVerdict[]
/** Kept record by record; of the others only the number. */
export const listedVerdicts = [...affectedVerdicts, 'failed'] as const satisfies readonly ImpactVerdict[]

export const causeKinds = ['failed', 'waiting', 'skipped'] as const satisfies readonly ObjectPreview['action'][]

/** Different causes are kept up to this number; further ones are only counted. */
const maxCauseCount = 100
const maxLabelLength = 200
const maxReasonLength = 600

const count = z.int().default(0)
const exampleSchema = z.object({ model: z.string(), id: z.string(), label: z.string() })
export type ImpactExample = z.infer<typeof exampleSchema>

export const impactFiguresSchema = z.object({
  records: z
    .object({
      sends: count,
      nothing_to_do: count,
      skipped: count,
      waiting: count,
      failed: count,
      gone: count,
      plugin_off: count,
    })
    .prefault({}),
  /** Lists and no objects by name: the names are people's. */
  objectTypes: z
    .array(
      z.object({
        name: z.string(),
        actions: z.object({
          create: count,
          update: count,
          nothing_to_do: count,
          find: count,
          delete: count,
          skipped: count,
          waiting: count,
          failed: count,
        }),
        /** Of the objects that would be updated. */
        fields: z.array(z.object({ name: z.string(), count, example: exampleSchema })),
      }),
    )
    .default([]),
  causes: z
    .array(
      z.object({
        kind: z.enum(causeKinds),
        /** Null when the record as a whole is meant. */
        objectType: z.string().nullable(),
        /** What causes of this kind have in common. */
        key: z.string(),
        /** In the words of the example. */
        reason: z.string(),
        /** Of records. */
        count,
        example: exampleSchema,
      }),
    )
    .default([]),
  /** Of records with a cause beyond those that are kept, a cause counted once. */
  otherCauseCount: count,
})
export type ImpactFigures = z.infer<typeof impactFiguresSchema>
export type ImpactCause = ImpactFigures['causes'][number]

/**
 * @param names what may stand in quotes in a reason and belongs to the cause: the names in the mapping document
 * @param met the objects of this page that earlier pages would send
 */
export function addPage(
  before: ImpactFigures,
  { previews, pluginOffCount, names, met }: CountedPage,
): { figures: ImpactFigures; met: MetObjects } {
  const figures = structuredClone(before)
  figures.records.plugin_off += pluginOffCount
  const metHere = new Map<string, string>()
  for (const preview of previews) {
    figures.records[preview.verdict] += 1
    for (const object of preview.objects) {
      const identity = identityOf(object)
      if (identity === null) {
        countAction(figures, object)
        continue
      }
      const content = contentOf(object)
      const metContent = metHere.get(identity) ?? met.get(identity)
      metHere.set(identity, content)
      if (metContent === undefined) {
        countAction(figures, object)
        countChanges(figures, preview, object)
      } else countAction(figures, { ...object, action: metContent === content ? 'nothing_to_do' : 'update' })
    }
    addCauses(figures, preview, names)
  }
  return { figures, met: metHere }
}

export interface CountedPage {
  previews: readonly SubjectPreview[]
  /** Records of the page that are not expected. */
  pluginOffCount: number
  names: ReadonlySet<string>
  met: MetObjects
}

export function countAffected({ records }: ImpactFigures): number {
  return affectedVerdicts.reduce((total, verdict) => total + records[verdict], 0)
}

export function countChecked({ records }: ImpactFigures): number {
  return impactVerdicts.reduce((total, verdict) => total + records[verdict], 0)
}

function typeIn(figures: ImpactFigures, name: string): ImpactFigures['objectTypes'][number] {
  const known = figures.objectTypes.find((type) => type.name === name)
  if (known) return known
  const type = { name, actions: noActions(), fields: [] }
  figures.objectTypes.push(type)
  return type
}

function countAction(
  figures: ImpactFigures,
  { externalObjectType, action }: Pick<ObjectPreview, 'externalObjectType' | 'action'>,
): void {
  typeIn(figures, externalObjectType).actions[action] += 1
}

function countChanges(figures: ImpactFigures, preview: SubjectPreview, object: ObjectPreview): void {
  if (object.action !== 'update') return
  const { fields } = typeIn(figures, object.externalObjectType)
  // A property may be named more than once in one mapping.
  const changed = new Set(object.properties.filter(({ isChanged }) => isChanged).map((one) => one.externalField))
  for (const name of changed) {
    const field = fields.find((one) => one.name === name)
    if (field) field.count += 1
    else fields.push({ name, count: 1, example: exampleOf(preview) })
  }
}

const noActions = (): ImpactFigures['objectTypes'][number]['actions'] => ({
  create: 0,
  update: 0,
  nothing_to_do: 0,
  find: 0,
  delete: 0,
  skipped: 0,
  waiting: 0,
  failed: 0,
})

function addCauses(figures: ImpactFigures, preview: SubjectPreview, names: ReadonlySet<string>): void {
  const seen = new Set<string>()
  for (const { kind, objectType, reason, own } of causesIn(preview)) {
    const key = causeOf(reason, { names, own })
    const whole = JSON.stringify([kind, objectType, key])
    if (seen.has(whole)) continue
    seen.add(whole)
    const known = figures.causes.find((one) => one.kind === kind && one.objectType === objectType && one.key === key)
    if (known) known.count += 1
    else if (figures.causes.length >= maxCauseCount) figures.otherCauseCount += 1
    else {
      const shown = cut(reason, maxReasonLength)
      figures.causes.push({ kind, objectType, key, reason: shown, count: 1, example: exampleOf(preview) })
    }
  }
}

interface FoundCause {
  kind: ImpactCause['kind']
  objectType: string | null
  reason: string
  /** What of the record itself may stand in the reason. */
  own: readonly string[]
}

function causesIn({ verdict, reason, label, subject, objects }: SubjectPreview): FoundCause[] {
  const found = objects.flatMap((object): FoundCause[] => {
    const kind = kindOf(object.action)
    if (kind === null || object.reason === null) return []
    const own = [label, subject.id, object.sourceId, ...(object.idValue === null ? [] : [object.idValue])]
    return [{ kind, objectType: object.externalObjectType, reason: object.reason, own }]
  })
  const kind = kindOf(verdict)
  // What an object says is not said again of its record.
  if (kind === null || reason === null || found.some((one) => one.kind === kind)) return found
  return [...found, { kind, objectType: null, reason, own: [label, subject.id] }]
}

function kindOf(verdictOrAction: string): ImpactCause['kind'] | null {
  return causeKinds.find((kind) => kind === verdictOrAction) ?? null
}

function exampleOf({ subject: { model, id }, label }: SubjectPreview): ImpactExample {
  return { model, id, label: cut(label, maxLabelLength) }
}

function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length)}…` : text
}

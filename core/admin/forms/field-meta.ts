// What a schema says of a field beside its type, in `.meta({ ... })`: a label, help, and how it is drawn.
import { z } from 'zod'

const metaSchema = z.object({
  title: z.string().min(1).optional().catch(undefined),
  description: z.string().min(1).optional().catch(undefined),
  placeholder: z.string().min(1).optional().catch(undefined),
  /** The id of a datalist on the page, to pick from while typing. */
  suggestions: z.string().min(1).optional().catch(undefined),
  /** Carried along with the form and not shown; whoever sends the form may change it all the same. */
  hidden: z.boolean().optional().catch(undefined),
  /** Stored sealed, never shown again; `secret()` sets it. */
  secret: z.boolean().optional().catch(undefined),
  /** Spaces around it belong to it. */
  verbatim: z.boolean().optional().catch(undefined),
  /** A text of several lines. */
  multiline: z.boolean().optional().catch(undefined),
  /** What one entry of a list is called. */
  itemTitle: z.string().min(1).optional().catch(undefined),
  /** Drawn with those beside it that have the same, behind a summary of this title. */
  fold: z.string().min(1).optional().catch(undefined),
  /** Words for the values of a closed list. */
  optionLabels: z.record(z.string(), z.string()).optional().catch(undefined),
  /** The field belongs to the form only while the field beside it has this value, or one of these. */
  showWhen: z
    .object({
      field: z.string(),
      equals: z.union([
        z.array(z.union([z.string(), z.number(), z.boolean()])),
        z.union([z.string(), z.number(), z.boolean()]),
      ]),
    })
    .optional()
    .catch(undefined),
})
export type FieldMeta = z.infer<typeof metaSchema>

/** What a wrapper such as `.optional()` says goes before what stands inside it. */
export function readMeta(layers: readonly z.ZodType[]): FieldMeta {
  return Object.assign({}, ...layers.toReversed().map((layer) => withoutGaps(metaSchema.parse(layer.meta() ?? {}))))
}

function withoutGaps(meta: FieldMeta): FieldMeta {
  return Object.fromEntries(Object.entries(meta).filter(([, value]) => value !== undefined))
}

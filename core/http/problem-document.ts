// Reads what a remote says is wrong with the data it was sent: RFC 9457 problem documents and the shapes common beside
// it. PURE. Read by status-errors; an answer of another shape is no error, it only says less.
import { z } from 'zod'

export interface ProblemDocument {
  /** What happened, in the remote's words. */
  summary: string | null
  problems: { property: string; message: string }[]
}

const maxProblemCount = 100

const text = z.union([z.string(), z.number()]).transform(String).pipe(z.string().trim().min(1))
const optionalText = text.optional().catch(undefined)
// `["address", "city"]` and `address.city` mean the same.
const path = z
  .union([
    text,
    z
      .array(text)
      .min(1)
      .transform((parts) => parts.join('.')),
  ])
  .optional()
  .catch(undefined)

const entrySchema = z.object({
  propertyPath: path,
  property: path,
  field: path,
  path,
  loc: path,
  name: path,
  param: path,
  pointer: path,
  source: z.object({ pointer: path, parameter: path }).optional().catch(undefined),
  message: optionalText,
  detail: optionalText,
  title: optionalText,
  reason: optionalText,
  msg: optionalText,
  description: optionalText,
})
// Cut before they are parsed: a remote may list as many as fit into an answer.
const entriesSchema = z
  .array(z.unknown())
  .transform((entries) => entries.slice(0, maxProblemCount))
  .pipe(z.array(entrySchema.nullable().catch(null)))
const messagesSchema = z.union([text.transform((message) => [message]), z.array(text)]).catch([])
const messagesByFieldSchema = z
  .record(z.string(), z.unknown())
  .transform((fields) => Object.entries(fields).slice(0, maxProblemCount))
  .pipe(z.array(z.tuple([z.string(), messagesSchema])))

const bodySchema = z.object({
  title: optionalText,
  detail: optionalText,
  message: optionalText,
  error: z
    .union([text, z.object({ message: text }).transform((error) => error.message)])
    .optional()
    .catch(undefined),
  error_description: optionalText,
  violations: entriesSchema.optional().catch(undefined),
  'invalid-params': entriesSchema.optional().catch(undefined),
  errors: z
    .union([
      entriesSchema.transform((listed) => ({ listed, named: [] })),
      messagesByFieldSchema.transform((named) => ({ listed: [], named })),
    ])
    .optional()
    .catch(undefined),
})

export function readProblemDocument(body: unknown): ProblemDocument {
  const parsed = bodySchema.safeParse(body)
  if (!parsed.success) return { summary: null, problems: [] }
  const { title, detail, message, error, error_description: description, errors } = parsed.data
  const listed = [
    ...(parsed.data.violations ?? []),
    ...(parsed.data['invalid-params'] ?? []),
    ...(errors?.listed ?? []),
  ]
  const named = errors?.named ?? []
  const problems = [
    ...listed.flatMap(problemOf),
    ...named.flatMap(([property, messages]) => messages.map((each) => ({ property, message: each }))),
  ]
  // The first of each line that is there, without saying the same twice.
  const sentences = new Set([title ?? message ?? error, detail ?? description].filter((part) => part !== undefined))
  return {
    summary: sentences.size > 0 ? [...sentences].join(': ') : null,
    problems: problems.slice(0, maxProblemCount),
  }
}

function problemOf(entry: z.infer<typeof entrySchema> | null): ProblemDocument['problems'] {
  if (!entry) return []
  const property =
    entry.propertyPath ??
    entry.property ??
    entry.field ??
    entry.path ??
    entry.loc ??
    entry.name ??
    entry.param ??
    entry.pointer ??
    entry.source?.pointer ??
    entry.source?.parameter
  const message = entry.message ?? entry.detail ?? entry.title ?? entry.reason ?? entry.msg ?? entry.description
  return property === undefined || message === undefined ? [] : [{ property, message }]
}

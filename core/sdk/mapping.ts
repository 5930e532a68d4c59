// The mapping document: which source record becomes which external object, property by property. Stored as JSON, parsed
// here, applied by core/mapping. Everything is a closed list; nothing in it is ever evaluated as code.
import { z } from 'zod'
import { type PropertyValue, propertyValueSchema } from './property-value.ts'

export const updateModes = ['overwrite', 'if_new', 'if_empty', 'append'] as const
export type UpdateMode = (typeof updateModes)[number]

export const mappingModes = ['upsert', 'create', 'update', 'find'] as const
export type MappingMode = (typeof mappingModes)[number]

const key = z.string().min(1).max(128)
// A path or key that could reach a prototype is refused at the border, not escaped later.
const safeKey = key.refine((text) => !/(^|\.)(__proto__|prototype|constructor)(\.|$)/.test(text), {
  message: 'must not name __proto__, prototype or constructor',
})
const text = z.string().max(10_000)

const maxDepth = 32
const maxNodeCount = 100_000
// Recursive schemas run out of stack on hostile depth, so what they parse is measured first, without recursion.
function bounded<Value>(schema: z.ZodType<Value>): z.ZodType<Value, Value> {
  const measured = z.custom<Value>(
    isBounded,
    `must have at most ${maxDepth} levels, ${maxNodeCount} values and no key __proto__`,
  )
  // The schemas given take any input; what may be written is what comes out.
  return measured.pipe(schema as z.ZodType<Value, Value>)
}

function isBounded(root: unknown): boolean {
  const open: { value: unknown; depth: number }[] = [{ value: root, depth: 1 }]
  let nodeCount = 0
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    nodeCount += 1
    const { value, depth } = next
    if (typeof value !== 'object' || value === null) continue
    if (depth > maxDepth || Object.hasOwn(value, '__proto__')) return false
    const children = Object.values(value)
    if (nodeCount + open.length + children.length > maxNodeCount) return false
    for (const child of children) open.push({ value: child, depth: depth + 1 })
  }
  return true
}

// A union told apart by which key is there, so that an error names the field at fault and not just "invalid input".
function byKey<Shapes extends Readonly<Record<string, z.ZodType>>, Other extends z.ZodType = z.ZodNever>(
  shapes: Shapes,
  other?: Other,
): z.ZodType<z.output<Shapes[keyof Shapes] | Other>, z.input<Shapes[keyof Shapes] | Other>> {
  const names = Object.keys(shapes)
  const union = z.unknown().transform((value, context) => {
    const isObject = typeof value === 'object' && value !== null
    const name = names.find((name) => isObject && Object.hasOwn(value, name))
    const schema = name !== undefined ? shapes[name] : isObject ? undefined : other
    if (schema === undefined) {
      context.addIssue(`needs one of the keys ${names.join(', ')}`)
      return z.NEVER
    }
    const parsed = schema.safeParse(value)
    if (parsed.success) return parsed.data
    // An issue of zod's own, handed on with its path; only its static type is narrower than what may be pushed.
    for (const issue of parsed.error.issues) context.issues.push({ ...issue, input: value } as z.core.$ZodRawIssue)
    return z.NEVER
  })
  // transform() loses the types; the shapes know them.
  return union as unknown as ReturnType<typeof byKey<Shapes, Other>>
}

const jsonValue = bounded(propertyValueSchema)

export const comparisonOperators = [
  'equals',
  'not_equals',
  'contains',
  'starts_with',
  'ends_with',
  'greater_than',
  'less_than',
] as const

export type Condition =
  | { all: Condition[] }
  | { any: Condition[] }
  | { not: Condition }
  | { field: string; is: 'empty' | 'not_empty' }
  | { field: string; oneOf: string[] }
  | { field: string; operator: (typeof comparisonOperators)[number]; value: string | boolean }

const nestedCondition: z.ZodType<Condition, Condition> = z.lazy(() => oneCondition)
const oneCondition: z.ZodType<Condition, Condition> = byKey({
  all: z.strictObject({ all: z.array(nestedCondition).max(50) }),
  any: z.strictObject({ any: z.array(nestedCondition).min(1).max(50) }),
  not: z.strictObject({ not: nestedCondition }),
  is: z.strictObject({ field: key, is: z.enum(['empty', 'not_empty']) }),
  oneOf: z.strictObject({ field: key, oneOf: z.array(text).min(1).max(1000) }),
  operator: z.strictObject({
    field: key,
    operator: z.enum(comparisonOperators),
    value: z.union([text, z.boolean()], 'must be text, true or false'),
  }),
})
export const conditionSchema = bounded(oneCondition)

export const transformSchema = z.discriminatedUnion('name', [
  z.strictObject({ name: z.literal('trim') }),
  z.strictObject({ name: z.literal('uppercase') }),
  z.strictObject({ name: z.literal('lowercase') }),
  z.strictObject({ name: z.literal('capitalize') }),
  z.strictObject({ name: z.literal('truncate'), length: z.int().min(1).max(100_000) }),
  z.strictObject({ name: z.literal('replace'), search: text.min(1), replacement: text }),
  z.strictObject({ name: z.literal('default'), value: text }),
  z.strictObject({ name: z.literal('prefix'), text }),
  z.strictObject({ name: z.literal('suffix'), text }),
  z.strictObject({ name: z.literal('split'), separator: text.min(1) }),
  z.strictObject({ name: z.literal('join'), separator: text }),
  z.strictObject({ name: z.literal('pick'), index: z.int().min(-1000).max(1000) }),
  z.strictObject({ name: z.literal('number') }),
  z.strictObject({ name: z.literal('round'), digits: z.int().min(0).max(10) }),
  z.strictObject({
    name: z.literal('date'),
    format: z.enum(['date', 'time', 'datetime', 'unix_seconds', 'unix_milliseconds']),
  }),
  z.strictObject({ name: z.literal('sha256') }),
  z.strictObject({ name: z.literal('boolean_text'), whenTrue: text, whenFalse: text }),
  z.strictObject({ name: z.literal('given_name') }),
  z.strictObject({ name: z.literal('family_name') }),
  z.strictObject({ name: z.literal('email_domain') }),
])
export type Transform = z.infer<typeof transformSchema>

export const propertySourceSchema = byKey({
  field: z.strictObject({ field: key }),
  constant: z.strictObject({ constant: jsonValue }),
  /** Text with `{field_key}` placeholders; `{{` and `}}` stand for the braces themselves. */
  template: z.strictObject({ template: text }),
  /** A value of the results of an earlier mapping, for example `remoteId`. */
  result: z.strictObject({ result: key, path: safeKey }),
  /** The remote id of the external object of another source record, whose id the field `idField` holds. */
  reference: z.strictObject({ reference: key, idField: key }),
})
export type PropertySource = z.infer<typeof propertySourceSchema>

const nestedPropertySchema = z.strictObject({
  externalField: safeKey,
  source: propertySourceSchema,
  /** What an option of a choice field is called at the remote, by option key. */
  valueMap: bounded(z.record(z.string(), propertyValueSchema)).optional(),
  /** Used for an option that the value map does not name; without it such an option is a config error. */
  valueMapDefault: jsonValue.optional(),
  transforms: z.array(transformSchema).max(20).default([]),
  updateMode: z.enum(updateModes).default('overwrite'),
})
export const propertyMappingSchema = byKey({
  source: nestedPropertySchema,
  /** One list entry per nested record, for example the line items of an order. */
  each: z.strictObject({
    externalField: safeKey,
    each: z.strictObject({ nestedModel: key, propertyMappings: z.array(nestedPropertySchema).min(1).max(200) }),
    updateMode: z.enum(updateModes).default('overwrite'),
  }),
})
export type PropertyMapping = z.infer<typeof propertyMappingSchema>
export type NestedPropertyMapping = z.infer<typeof nestedPropertySchema>

export const objectMappingSchema = z.strictObject({
  /** Stable across versions; the ledger's links carry it. */
  key: safeKey,
  scope: z.string().default(''),
  isEnabled: z.boolean().default(true),
  /** A root model (`Order`) or a nested one (`OrderPosition`), which gives one object a nested record. */
  sourceModel: key,
  externalObjectType: key,
  mode: z.enum(mappingModes).default('upsert'),
  when: conditionSchema.nullable().default(null),
  /** What happens to the object when the mapping no longer produces it. */
  whenNoLonger: byKey(
    { update: z.strictObject({ update: z.array(nestedPropertySchema).min(1).max(200) }) },
    z.enum(['keep', 'delete']),
  ).default('keep'),
  /** The source field whose value identifies the object; an empty value skips it. */
  sourceIdField: key,
  /** The external field it is matched on. */
  externalIdField: safeKey,
  propertyMappings: z.array(propertyMappingSchema).max(500),
})
export type ObjectMapping = z.infer<typeof objectMappingSchema>
export type ObjectMappingInput = z.input<typeof objectMappingSchema>

export const mappingDocumentSchema = z.array(objectMappingSchema).max(100)
export type MappingDocument = z.infer<typeof mappingDocumentSchema>

/** `[external field, value, update mode]`, in the order of the mapping. */
export type Property = readonly [externalField: string, value: PropertyValue, updateMode: UpdateMode]

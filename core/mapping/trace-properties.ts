// How each value of an object comes about, step by step: what the source field holds, what each step makes of it, what is
// written. For people who look at a mapping; the same functions as apply-mapping.ts, property by property, so that one
// that cannot be computed does not hide the others. PURE.
import { isErrorKind, messageOf } from '../errors.ts'
import type { PropertyMapping, Transform, UpdateMode } from '../sdk/mapping.ts'
import type { PropertyValue } from '../sdk/property-value.ts'
import { applyProperties, createContext, type MappingInput } from './apply-mapping.ts'
import { convertValue } from './conversions.ts'
import { externalFieldOf } from './external-fields.ts'
import { readPropertySource } from './property-source.ts'
import type { SourceReference } from './references.ts'
import { fieldOf, readField, unwrapChoice } from './source-fields.ts'
import { applyTransforms } from './transforms.ts'
import { isToCome } from './value-to-come.ts'

export interface TraceStep {
  /** `each`: the list made of nested records, as it is written. */
  step: 'source' | 'value_map' | 'conversion' | 'each' | Transform
  value: PropertyValue
}

export interface PropertyTrace {
  externalField: string
  updateMode: UpdateMode
  /** As far as it came. The last one's value is what is written, unless there is a problem. */
  steps: readonly TraceStep[]
  problem: string | null
  /** The record whose external object it needs and that has none yet. */
  waitsFor: SourceReference | null
}

/** One for each property of the mapping, in its order. */
export function traceProperties(input: MappingInput): PropertyTrace[] {
  return input.mapping.propertyMappings.map((property) => {
    const { externalField, updateMode } = property
    const steps: TraceStep[] = []
    let problem: string | null = null
    let waitsFor: SourceReference | null = null
    try {
      waitsFor = follow(property, input, steps)
    } catch (error) {
      if (!isErrorKind(error, 'MappingError')) throw error
      problem = messageOf(error)
    }
    return { externalField, updateMode, steps, problem, waitsFor }
  })
}

function follow(property: PropertyMapping, input: MappingInput, steps: TraceStep[]): SourceReference | null {
  if ('each' in property) {
    const applied = applyProperties(input, [property])
    if (applied.kind === 'waiting') return applied.reference
    steps.push(...applied.properties.map(([, value]) => ({ step: 'each', value }) as const))
    return null
  }
  const context = createContext(input)
  const { source, transforms, externalField } = property
  const sourceField = 'field' in source ? fieldOf(context.reader, source.field) : null
  if (sourceField) {
    steps.push({ step: 'source', value: unwrapChoice(readField(context.reader, sourceField), sourceField) })
  }
  const { value, from, origin } = readPropertySource(property, context)
  add(steps, 'value_map', value)
  const [unresolved] = context.unresolved
  if (unresolved) return unresolved
  if (isToCome(value)) return null
  let changed = value
  for (const transform of transforms) {
    changed = applyTransforms(changed, [transform], externalField)
    steps.push({ step: transform, value: changed })
  }
  const to = externalFieldOf(input.objectType, externalField)
  const target = { from: transforms.length > 0 ? 'any' : from, to, joiner: context.joiner, origin } as const
  add(steps, 'conversion', convertValue(changed, target))
  return null
}

// A step that changes nothing is none; the first is where the value comes from.
function add(steps: TraceStep[], step: 'value_map' | 'conversion', value: PropertyValue): void {
  const before = steps.at(-1)
  if (!before) steps.push({ step: 'source', value })
  else if (JSON.stringify(before.value) !== JSON.stringify(value)) steps.push({ step, value })
}

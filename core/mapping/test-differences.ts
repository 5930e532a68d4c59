// What a mapping test expects of the mappings, and where what they make now differs from it. PURE.
import { z } from 'zod'
import { type Property, updateModes } from '../sdk/mapping.ts'
import { type PropertyValue, propertyValueSchema } from '../sdk/property-value.ts'
import type { TestedObject, TestedOutcome } from './run-mapping-test.ts'

const outcomeSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('object'),
    externalObjectType: z.string(),
    externalIdField: z.string(),
    idValue: z.string(),
    properties: z.array(z.tuple([z.string(), propertyValueSchema, z.enum(updateModes)])),
  }),
  z.strictObject({ kind: z.literal('skipped') }),
])
export const expectationSchema = z.array(
  z.strictObject({ mappingKey: z.string(), position: z.int().nullable(), outcome: outcomeSchema }),
)
export type Expectation = z.infer<typeof expectationSchema>
type ExpectedOutcome = z.infer<typeof outcomeSchema>

/** One thing that differs, in texts for people to read. */
export interface TestDifference {
  mappingKey: string
  /** What the record, or the nested one, is called. */
  label: string
  /** The external field, or what else differs. */
  property: string
  expected: string
  got: string
}

/** What is made now as something to expect from now on; null where a mapping fails, because nobody can want that. */
export function expectationOf(tested: readonly TestedObject[]): Expectation | null {
  const expectation: Expectation = []
  for (const { mappingKey, position, outcome } of tested) {
    if (outcome.kind === 'failed') return null
    // Why one is skipped is told in words that change with a label.
    const expected = outcome.kind === 'skipped' ? { kind: outcome.kind } : copyOf(outcome)
    expectation.push({ mappingKey, position, outcome: expected })
  }
  return expectation
}

function copyOf(outcome: Extract<TestedOutcome, { kind: 'object' }>): ExpectedOutcome {
  return { ...outcome, properties: outcome.properties.map(([field, value, mode]) => [field, value, mode]) }
}

/** Nothing when the mappings make what is expected. The order of properties does not count. */
export function differencesOf(expectation: Expectation, tested: readonly TestedObject[]): readonly TestDifference[] {
  const keyOf = ({ mappingKey, position }: { mappingKey: string; position: number | null }): string =>
    JSON.stringify([mappingKey, position])
  const expectedByKey = new Map(expectation.map((one) => [keyOf(one), one]))
  const testedByKey = new Map(tested.map((one) => [keyOf(one), one]))
  return [...new Set([...expectedByKey.keys(), ...testedByKey.keys()])].flatMap((key) => {
    const expected = expectedByKey.get(key)
    const got = testedByKey.get(key)
    const mappingKey = expected?.mappingKey ?? got?.mappingKey ?? ''
    const position = expected?.position ?? got?.position ?? null
    const label = got?.label ?? (position === null ? 'the record' : `nested record ${position}`)
    return compareOutcomes(expected?.outcome, got?.outcome).map((one) => ({ mappingKey, label, ...one }))
  })
}

type Comparison = Pick<TestDifference, 'property' | 'expected' | 'got'>

function compareOutcomes(expected: ExpectedOutcome | undefined, got: TestedOutcome | undefined): Comparison[] {
  if (expected?.kind === 'skipped' && got?.kind === 'skipped') return []
  if (expected?.kind !== 'object' || got?.kind !== 'object') {
    return [{ property: 'the object', expected: outcomeWords(expected), got: outcomeWords(got) }]
  }
  const facts = [
    { property: 'object type', expected: expected.externalObjectType, got: got.externalObjectType },
    { property: 'recognised by', expected: expected.externalIdField, got: got.externalIdField },
    { property: 'value it is recognised by', expected: expected.idValue, got: got.idValue },
  ]
  return [
    ...facts.filter((fact) => stable(fact.expected) !== stable(fact.got)).map(excerpts),
    ...compareProperties(expected.properties, got.properties),
  ]
}

function outcomeWords(outcome: ExpectedOutcome | TestedOutcome | undefined): string {
  if (outcome === undefined) return 'no such object'
  if (outcome.kind === 'object') return `a ${outcome.externalObjectType} "${shortened(outcome.idValue)}"`
  if (outcome.kind === 'failed') return `failed: ${outcome.message}`
  return 'reason' in outcome ? `skipped: ${outcome.reason}` : 'skipped'
}

// One field may be written more than once, so all that is written to it is one text.
function compareProperties(expected: readonly Property[], got: readonly Property[]): Comparison[] {
  const wantedByField = Map.groupBy(expected, ([field]) => field)
  const madeByField = Map.groupBy(got, ([field]) => field)
  return [...new Set([...wantedByField.keys(), ...madeByField.keys()])].flatMap((property) => {
    const [wanted, made] = [wantedByField.get(property), madeByField.get(property)]
    if (stable(wanted ?? null) === stable(made ?? null)) return []
    const isOfMode =
      wanted && made && stable(wanted.map(([, value]) => value)) === stable(made.map(([, value]) => value))
    return excerpts({ property, expected: writtenWords(wanted, isOfMode), got: writtenWords(made, isOfMode) })
  })
}

function writtenWords(properties: readonly Property[] | undefined, withMode = false): string {
  if (!properties) return 'not written'
  return properties
    .map(([, value, mode]) => (withMode ? `${valueWords(value)} (${mode})` : valueWords(value)))
    .join(' and ')
}

/** A property value as a person reads it. */
export function valueWords(value: PropertyValue): string {
  if (value === null) return 'no value'
  if (value === '') return 'empty text'
  return typeof value === 'string' ? value : stable(value)
}

/** The same text for the same value, whatever the database has made of the order of its keys and of odd characters. */
function stable(value: PropertyValue | readonly Property[]): string {
  return JSON.stringify(value, (_key, member: unknown) => {
    if (typeof member === 'string') return storable(member)
    if (typeof member !== 'object' || member === null || Array.isArray(member)) return member
    const sorted = Object.entries(member).map(([key, item]) => [storable(key), item] as const)
    return Object.fromEntries(sorted.sort(([left], [right]) => (left < right ? -1 : left > right ? 1 : 0)))
  })
}

const storable = (text: string): string => text.toWellFormed().replaceAll('\0', '\ufffd')

const maxLength = 500
const before = 100

// Of long texts the part where they begin to differ.
function excerpts({ property, expected, got }: Comparison): Comparison {
  if (expected.length <= maxLength && got.length <= maxLength) return { property, expected, got }
  let from = 0
  while (from < expected.length && expected[from] === got[from]) from += 1
  const start = Math.max(0, from - before)
  const cut = (text: string): string => {
    const part = text.slice(start, start + maxLength)
    return `${start > 0 ? '…' : ''}${part}${start + maxLength < text.length ? '…' : ''}`.toWellFormed()
  }
  return { property, expected: cut(expected), got: cut(got) }
}

const shortened = (text: string): string => (text.length > 100 ? `${text.slice(0, 100)}…` : text)

// What was typed as the input of the schema: numbers from their texts, nothing for what was left empty, objects from rows.
// What cannot be read stays as it was typed, so that the schema says what is wrong with it.
import type { Member, Shape } from './form-shape.ts'
import { branchOf, isAsked, itemsOf, memberOf, rowsOf, type TypedRow } from './typed-values.ts'

export interface InputProblem {
  /** Where, in the nesting of the schema. */
  path: readonly PropertyKey[]
  /** What follows the field's label: "must be JSON". */
  words: string
}

export interface FormInput {
  input: unknown
  /** What the schema cannot see. */
  problems: readonly InputProblem[]
}

const decimal = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?$/i

/** Without the entries of lists in which nothing was typed; their numbers are those of the input then. */
export function withoutBlanks(shape: Shape, typed: unknown): unknown {
  const { kind } = shape
  switch (kind.name) {
    case 'group':
      return typed === undefined ? undefined : membersWithoutBlanks(kind.members, typed)
    case 'variants': {
      const branch = branchOf(kind, typed)
      if (!branch) return typed
      return {
        ...membersWithoutBlanks(branch.members, typed),
        [kind.discriminator]: memberOf(typed, kind.discriminator),
      }
    }
    case 'list':
      return itemsOf(typed)
        .map((item) => withoutBlanks(kind.item, item))
        .filter((item) => !isBlank(item))
    case 'rows':
      return rowsOf(typed).filter(({ key, value }) => !(isBlank(key) && isBlank(value)))
    default:
      return typed
  }
}

function membersWithoutBlanks(members: readonly Member[], typed: unknown): Record<string, unknown> {
  return Object.fromEntries(members.map(({ key, shape }) => [key, withoutBlanks(shape, memberOf(typed, key))]))
}

const isBlank = (value: unknown): boolean =>
  value === undefined || value === null || (typeof value === 'string' && value.trim() === '')

export function formInput(shape: Shape, typed: unknown): FormInput {
  const problems: InputProblem[] = []
  const input = inputOf(shape, typed, (path, words) => problems.push({ path, words }), [])
  return { input, problems }
}

type Report = (path: readonly PropertyKey[], words: string) => void

function inputOf(shape: Shape, typed: unknown, report: Report, path: readonly PropertyKey[]): unknown {
  const { kind } = shape
  switch (kind.name) {
    case 'text': {
      if (typeof typed !== 'string') return typed
      if (kind.isVerbatim) return typed === '' ? emptyInput(shape) : typed
      const text = kind.isMultiline ? typed : typed.trim()
      return text.trim() === '' ? emptyInput(shape) : text
    }
    case 'secret':
      // Empty keeps what is stored; null, "remove it", is for the owner of the form.
      return typed === '' ? undefined : typed
    case 'number': {
      const text = String(typed ?? '').trim()
      if (text === '') return emptyInput(shape)
      return decimal.test(text) ? Number(text) : text
    }
    case 'checkbox':
      return typed === undefined ? undefined : typed === true
    case 'choice':
      if (isBlank(typed)) return emptyInput(shape)
      return kind.options.find(({ text }) => text === String(typed))?.value ?? typed
    case 'choices':
      return itemsOf(typed).map((one) => kind.options.find(({ text }) => text === String(one))?.value ?? one)
    case 'constant':
      return kind.value
    case 'group':
      if (typed === undefined || typed === null) return shape.isNullable ? null : undefined
      return membersInput(kind.members, typed, report, path)
    case 'list':
      return itemsOf(typed).map((item, index) => inputOf(kind.item, item, report, [...path, index]))
    case 'rows':
      return rowsInput(kind.value, rowsOf(typed), report, path)
    case 'variants': {
      const branch = branchOf(kind, typed)
      if (!branch) {
        const chosen = memberOf(typed, kind.discriminator)
        return isBlank(chosen) && shape.isOptional ? undefined : { [kind.discriminator]: chosen || undefined }
      }
      return { ...membersInput(branch.members, typed, report, path), [kind.discriminator]: branch.value }
    }
    case 'json':
      return jsonInput(shape, typed, report, path)
  }
}

// What is left empty where an empty text would do: that text, unless the schema has no need of the field.
function emptyInput(shape: Shape): unknown {
  if (shape.isNullable) return null
  const isWanted = !shape.isOptional || shape.initial !== undefined
  return shape.takesEmptyText && isWanted ? '' : undefined
}

function membersInput(
  members: readonly Member[],
  typed: unknown,
  report: Report,
  path: readonly PropertyKey[],
): Record<string, unknown> {
  const asked = members.filter(({ shape }) => isAsked(shape, typed, members))
  const entries = asked.map(
    ({ key, shape }) => [key, inputOf(shape, memberOf(typed, key), report, [...path, key])] as const,
  )
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined))
}

function rowsInput(value: Shape, rows: readonly TypedRow[], report: Report, path: readonly PropertyKey[]) {
  const entries = new Map<string, unknown>()
  for (const [index, row] of rows.entries()) {
    const key = row.key.trim()
    // Zod passes over such a name; nobody should wonder where his row went.
    if (key === '__proto__') report([...path, index], 'cannot have this name')
    else if (entries.has(key)) report([...path, index], `has “${key}” twice`)
    else entries.set(key, inputOf(value, row.value, report, [...path, key]) ?? '')
  }
  return Object.fromEntries(entries)
}

function jsonInput(shape: Shape, typed: unknown, report: Report, path: readonly PropertyKey[]): unknown {
  if (typeof typed !== 'string') return typed
  if (typed.trim() === '') return emptyInput({ ...shape, takesEmptyText: false })
  try {
    return JSON.parse(typed)
  } catch {
    report(path, 'must be JSON, for example {"a": 1} or ["a", "b"]')
    return undefined
  }
}

// Asks the schema about what was typed, and says what is wrong the way a person would: a sentence, and the field it is about.
import type { z } from 'zod'
import { isStorableText } from '../../database/stored-json.ts'
import { type FieldPlace, fieldPlace } from './field-place.ts'
import { insideSentence } from './field-words.ts'
import { formInput } from './form-input.ts'
import type { Shape } from './form-shape.ts'
import { issueWords, missingWords } from './issue-words.ts'

export interface FormProblem {
  /** The name of the field; empty when it is about the form as a whole. */
  name: string
  text: string
}

export interface CheckedForm {
  /** For the schema; null in the place of a secret says that it is to be removed. */
  input: unknown
  problems: readonly FormProblem[]
}

export async function checkForm({
  schema,
  shape,
  typed,
  name,
  storedSecrets,
}: {
  schema: z.ZodType
  shape: Shape
  typed: unknown
  /** Of the form's outermost field. */
  name: string
  /** Paths of the secrets that are kept when nothing is typed. */
  storedSecrets: ReadonlySet<string>
}): Promise<CheckedForm> {
  const { input, problems: own } = formInput(shape, typed)
  const place = (path: readonly PropertyKey[], isKey = false) => fieldPlace({ shape, typed, path, name, isKey })
  const problems = [
    ...own.map(({ path, words }) => ({ name: place(path).name, text: sentence(place(path), words) })),
    ...unstorable(input).map((path) => {
      const found = place(path)
      return { name: found.name, text: sentence(found, 'holds a character that cannot be stored') }
    }),
  ]
  const isReported = (path: readonly PropertyKey[]) => own.some((one) => one.path.join('.') === path.join('.'))
  const isKept = (path: readonly PropertyKey[]) =>
    storedSecrets.has(path.join('.')) && valueAt(input, path) === undefined
  const parsed = await schema.safeParseAsync(withoutNulls(shape, input), { error: issueWords })
  for (const issue of parsed.error?.issues ?? []) {
    if (isReported(issue.path) || isKept(issue.path)) continue
    const found = place(issue.path, issue.code === 'invalid_key')
    // The message about a name lies inside the issue.
    const words = issue.code === 'invalid_key' ? (issue.issues[0]?.message ?? issue.message) : issue.message
    problems.push({ name: found.name, text: sentence(found, words) })
  }
  return { input, problems: firstOfEach(problems) }
}

// One sentence a field is enough: a text that is missing is also none of the choices.
function firstOfEach(problems: readonly FormProblem[]): readonly FormProblem[] {
  return problems.filter(({ name, text }, index) => {
    const first = problems.findIndex((one) => one.name === name)
    return name === '' ? problems.findIndex((one) => one.text === text) === index : first === index
  })
}

function sentence({ label, context, shape }: FieldPlace, words: string): string {
  const text = words.trim().slice(0, 500)
  const end = /[.!?]$/.test(text) ? '' : '.'
  const said = words === missingWords ? missing(label, shape) : saidOf(label, text)
  return context.length > 0 ? `${context.join(', ')}: ${insideSentence(said)}${end}` : `${said}${end}`
}

function missing(label: string, { kind }: Shape): string {
  if (kind.name === 'list') return `Add at least one ${insideSentence(kind.itemLabel)}`
  if (kind.name === 'rows') return `Add at least one ${insideSentence(kind.itemLabel)}`
  if (kind.name === 'choices') return `Choose at least one of the ${insideSentence(label)}`
  const verb = ['choice', 'variants'].includes(kind.name) ? 'Choose' : 'Enter'
  return label === '' ? 'Fill this in' : `${verb} the ${insideSentence(label)}`
}

// What begins with a capital is a sentence of its author's.
function saidOf(label: string, text: string): string {
  return label === '' || /^\p{Lu}/u.test(text) ? text : `${label} ${text}`
}

// The schema of a secret knows no null.
function withoutNulls(shape: Shape, input: unknown): unknown {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return input
  const { kind } = shape
  const members =
    kind.name === 'group'
      ? kind.members
      : kind.name === 'variants'
        ? kind.branches.flatMap((branch) => branch.members)
        : []
  const secrets = new Set(members.filter((one) => one.shape.kind.name === 'secret').map(({ key }) => key))
  return Object.fromEntries(
    Object.entries(input)
      .filter(([key, value]) => !(value === null && secrets.has(key)))
      .map(([key, value]) => {
        const member = members.find((one) => one.key === key)
        return [key, member ? withoutNulls(member.shape, value) : value]
      }),
  )
}

function unstorable(value: unknown, path: readonly PropertyKey[] = []): readonly (readonly PropertyKey[])[] {
  if (typeof value === 'string') return isStorableText(value) ? [] : [path]
  if (typeof value !== 'object' || value === null) return []
  const entries: [PropertyKey, unknown][] = Array.isArray(value) ? [...value.entries()] : Object.entries(value)
  return entries.flatMap(([key, one]) =>
    typeof key === 'string' && !isStorableText(key) ? [path] : unstorable(one, [...path, key]),
  )
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let place = value
  for (const key of path) {
    if (typeof place !== 'object' || place === null || !Object.hasOwn(place, key)) return undefined
    place = Reflect.get(place, key)
  }
  return place
}

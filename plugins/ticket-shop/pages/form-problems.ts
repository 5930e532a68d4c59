// What is wrong with a form, in one sentence a field: the same words above the form and at the field.
import type { z } from '../../../core/sdk/index.ts'
import type { FieldKind, FormField } from './form-field.ts'

export interface FormProblem {
  /** The field's name; null for what concerns the form as a whole. */
  field: string | null
  text: string
}

export interface FormProblems {
  /** The first one of a field counts. */
  add(field: FormField, words: string): void
  addGeneral(text: string): void
  readonly isEmpty: boolean
  /** General ones first, then in the order of the form's fields. */
  listed(fields: readonly FormField[]): FormProblem[]
}

export function createFormProblems(): FormProblems {
  const texts = new Map<string, string>()
  const general: string[] = []
  return {
    add(field, words) {
      if (!texts.has(field.name)) texts.set(field.name, sentence(field, words))
    },
    addGeneral: (text) => void general.push(text),
    get isEmpty() {
      return texts.size === 0 && general.length === 0
    },
    listed: (fields) => [
      ...general.map((text) => ({ field: null, text })),
      ...fields.flatMap(({ name }) => {
        const text = texts.get(name)
        return text === undefined ? [] : [{ field: name, text }]
      }),
    ],
  }
}

/** What a field expects, to follow its label: "E-mail: enter an address such as ada@example.com." */
export const expectations: Readonly<Record<FieldKind, string>> = {
  text: 'enter a text',
  textarea: 'enter a text',
  email: 'enter an address such as ada@example.com',
  tel: 'enter a phone number such as +49 30 901820',
  number: 'enter a number such as 42 or 1.5',
  money: 'enter an amount such as 18.50',
  select: 'choose one of the list',
  checkbox: 'tick it or leave it',
  checkboxes: 'choose from the list',
  date: 'enter a date such as 2026-09-17',
  time: 'enter a time such as 14:30',
  'datetime-local': 'enter a date and a time such as 2026-09-17 14:30',
  country: 'enter the name of a country, such as Germany',
}

/** Tells what the shop's own schema refuses at the fields that it came from. */
export function addSchemaProblems(
  error: z.ZodError,
  { problems, fieldOf }: { problems: FormProblems; fieldOf(path: readonly PropertyKey[]): FormField | null },
): void {
  for (const issue of error.issues.flatMap((one) => innermost(one))) {
    const field = fieldOf(issue.path)
    if (field) problems.add(field, issueWords(issue, field))
    else problems.addGeneral(`${issue.path.map(String).join('.')}: ${issue.message}`)
  }
}

type Issue = z.core.$ZodIssue

// Of a union, what its last branch says where that looks deeper: a name in parts rather than "not a text".
function innermost(issue: Issue): Issue[] {
  if (issue.code !== 'invalid_union') return [issue]
  const branch = issue.errors.find((issues) => issues.some(({ path }) => path.length > 0))
  return branch ? branch.flatMap((one) => innermost({ ...one, path: [...issue.path, ...one.path] })) : [issue]
}

function issueWords(issue: Issue, { kind }: FormField): string {
  if (issue.code === 'too_big' && issue.origin === 'string') return `enter at most ${issue.maximum} characters`
  return expectations[kind]
}

function sentence({ label, place }: FormField, words: string): string {
  const start = place ? `${place}, ` : ''
  if (!/[?.!]$/.test(label)) return `${start}${label}: ${words}.`
  // A label that is a sentence itself, as most questions are.
  return `${start}“${label}”: ${words}.`
}

// The one form in which an answer to a question is stored, by the question's type.
import { z } from '../../core/sdk/index.ts'
import type { QuestionType } from './entities/question.entity.ts'
import { ShopError } from './shop-error.ts'

export interface AskedQuestion {
  id: string
  identifier: string
  type: QuestionType
  options: readonly { id: string; identifier: string; answer: string }[]
}

export interface ParsedAnswer {
  /** `true` or `false`, an ISO date, time or instant, a country code, or the text; the options' answers for choices. */
  text: string
  optionIds: readonly string[]
}

const decimal = z.string().regex(/^-?\d{1,20}(\.\d{1,10})?$/, 'must be a number such as 42 or 1.5')
const plain = z.string().trim().min(1)
const forms: Readonly<Record<Exclude<QuestionType, 'choice' | 'multiple_choice'>, z.ZodType<string>>> = {
  text: plain,
  multiline: plain,
  number: decimal,
  boolean: z.union([z.boolean(), z.enum(['true', 'false'])]).transform(String),
  date: z.iso.date(),
  time: z.iso.time(),
  datetime: z.iso.datetime({ offset: true }),
  country: z.string().regex(/^[A-Z]{2}$/, 'must be a country code of two capital letters'),
  phone: z.string().regex(/^\+?[0-9 ()/.-]{3,40}$/, 'must be a phone number'),
  file: plain,
}

export function parseAnswer(question: AskedQuestion, value: string | boolean | readonly string[]): ParsedAnswer {
  if (question.type === 'choice' || question.type === 'multiple_choice') return parseChoice(question, value)
  const parsed = forms[question.type].safeParse(value)
  if (parsed.success) return { text: parsed.data, optionIds: [] }
  throw new ShopError(
    `The answer to the question "${question.identifier}" (${question.type}) is not right: ${parsed.error.issues[0]?.message}.`,
  )
}

function parseChoice(question: AskedQuestion, value: string | boolean | readonly string[]): ParsedAnswer {
  const chosen = typeof value === 'object' ? value : [String(value)]
  if (chosen.length === 0 || (question.type === 'choice' && chosen.length > 1)) {
    throw new ShopError(
      `The question "${question.identifier}" takes ${question.type === 'choice' ? 'one option' : 'at least one option'}.`,
    )
  }
  const options = chosen.map((identifier) => {
    const option = question.options.find((candidate) => candidate.identifier === identifier)
    if (option) return option
    const known = question.options.map((candidate) => candidate.identifier).join(', ')
    throw new ShopError(`The question "${question.identifier}" has no option "${identifier}", only ${known}.`)
  })
  // In the order of the options, so that the same choice is always stored the same way.
  const ordered = question.options.filter((option) => options.includes(option))
  return { text: ordered.map((option) => option.answer).join(', '), optionIds: ordered.map((option) => option.id) }
}

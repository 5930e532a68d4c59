// Something asked for every position of an event. Its identifier is part of the source field key `question_<identifier>`.
import { defineEntity, p } from '@mikro-orm/core'
import { Event } from './event.entity.ts'

export const questionTypes = [
  'text',
  'multiline',
  'number',
  'boolean',
  'choice',
  'multiple_choice',
  'date',
  'time',
  'datetime',
  'country',
  'phone',
  'file',
] as const
export type QuestionType = (typeof questionTypes)[number]

const QuestionSchema = defineEntity({
  name: 'Question',
  properties: {
    id: p.bigint('string').primary(),
    event: () => p.manyToOne(Event),
    identifier: p.text(),
    text: p.text(),
    type: p.enum(questionTypes),
    sortIndex: p.integer().default(0),
  },
})

export class Question extends QuestionSchema.class {}
QuestionSchema.setClass(Question)

// One choice of a choice or multiple_choice question: what systems see (identifier) and what people see (answer).
import { defineEntity, p } from '@mikro-orm/core'
import { Question } from './question.entity.ts'

const QuestionOptionSchema = defineEntity({
  name: 'QuestionOption',
  properties: {
    id: p.bigint('string').primary(),
    question: () => p.manyToOne(Question),
    identifier: p.text(),
    answer: p.text(),
    sortIndex: p.integer().default(0),
  },
})

export class QuestionOption extends QuestionOptionSchema.class {}
QuestionOptionSchema.setClass(QuestionOption)

// What was answered to a question for a position.
import { defineEntity, p } from '@mikro-orm/core'
import { OrderPosition } from './order-position.entity.ts'
import { Question } from './question.entity.ts'

const AnswerSchema = defineEntity({
  name: 'Answer',
  properties: {
    id: p.bigint('string').primary(),
    position: () => p.manyToOne(OrderPosition),
    question: () => p.manyToOne(Question),
    /** In the form of parse-answer.ts; for choices the answers that people see, joined. */
    text: p.text(),
  },
})

export class Answer extends AnswerSchema.class {}
AnswerSchema.setClass(Answer)

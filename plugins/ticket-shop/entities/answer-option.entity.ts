// One option chosen in an answer.
import { defineEntity, p } from '@mikro-orm/core'
import { Answer } from './answer.entity.ts'
import { QuestionOption } from './question-option.entity.ts'

const AnswerOptionSchema = defineEntity({
  name: 'AnswerOption',
  properties: {
    answer: () => p.manyToOne(Answer).primary(),
    option: () => p.manyToOne(QuestionOption).primary(),
  },
})

export class AnswerOption extends AnswerOptionSchema.class {}
AnswerOptionSchema.setClass(AnswerOption)

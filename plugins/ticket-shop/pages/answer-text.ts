// A stored answer as people read it.
import type { QuestionType } from '../entities/question.entity.ts'
import { countryName } from './countries.ts'
import type { EventFormat } from './event-format.ts'

export function answerText(type: QuestionType, text: string, format: EventFormat): string {
  switch (type) {
    case 'boolean':
      return text === 'true' ? 'Yes' : 'No'
    case 'country':
      return countryName(text)
    case 'date':
      return format.day(text)
    case 'datetime': {
      const at = new Date(text)
      return Number.isNaN(at.getTime()) ? text : format.dateTime(at).text
    }
    default:
      return text
  }
}

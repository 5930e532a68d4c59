import { describe } from 'node:test'
import { reports } from './validation-fixture.ts'

describe('validateCondition', () => {
  reports([
    [
      'an unknown field of a condition',
      { when: { any: [{ not: { field: 'x', is: 'empty' } }] } },
      /^0\.when\.any\.0\.not\.field: /,
    ],
    [
      'a condition on no option',
      { when: { field: 'status', oneOf: ['p', 'paid'] } },
      /^0\.when\.oneOf\.1: "The status" has no option "paid"/,
    ],
    [
      'a condition on an odd boolean',
      { when: { field: 'is_test', operator: 'equals', value: 'yes' } },
      /^0\.when\.value: "The is_test" is true or false, never "yes"/,
    ],
    [
      'a condition on an odd number',
      { when: { all: [{ field: 'total', operator: 'greater_than', value: 'ten' }] } },
      /^0\.when\.all\.0\.value: .*a number, and "ten" is none/,
    ],
    [
      'a condition on an odd date',
      { when: { field: 'due_on', operator: 'less_than', value: '1.3.26' } },
      /^0\.when\.value: .*is a date/,
    ],
  ])
})

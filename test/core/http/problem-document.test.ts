import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readProblemDocument } from '../../../core/http/problem-document.ts'

// The shapes it reads stand in status-errors.test.ts, through the errors they end in.
describe('readProblemDocument', () => {
  it('looks at the first 100 of many problems and keeps those', () => {
    let readCount = 0
    const problem = {
      get field() {
        readCount += 1
        return 'email'
      },
      message: 'taken',
    }
    const many = Array.from({ length: 10_000 }, () => problem)
    assert.equal(readProblemDocument({ errors: many }).problems.length, 100)
    assert.ok(readCount <= 200, `${readCount} of 10,000 problems were looked at`)
    const byField = Object.fromEntries(many.map((_, index) => [`field${index}`, ['one', 'two']]))
    assert.equal(readProblemDocument({ errors: byField }).problems.length, 100)
  })

  it('says nothing about what is no document', () => {
    for (const body of [undefined, null, 7, 'text', [], {}]) {
      assert.deepEqual(readProblemDocument(body), { summary: null, problems: [] })
    }
  })
})

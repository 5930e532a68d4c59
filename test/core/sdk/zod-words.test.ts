// What people read where a schema has refused what they gave.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { z } from 'zod'
import { issueSentences } from '../../../core/sdk/zod-words.ts'

function told(schema: z.ZodType, input: unknown, isInputKnown = true): string[] {
  const issues = schema.safeParse(input).error?.issues ?? []
  return issueSentences(issues, { whole: 'settings', ...(isInputKnown ? { input } : {}) })
}

describe('issueSentences', () => {
  const cases: [z.ZodType, unknown, string][] = [
    [z.string(), undefined, 'list is missing'],
    [z.enum(['eu', 'us']), undefined, 'list is missing'],
    [z.union([z.string(), z.number()]), undefined, 'list is missing'],
    [z.coerce.number(), undefined, 'list is missing'],
    [z.string(), 5, 'list must be a text'],
    [z.int(), 1.5, 'list must be a whole number'],
    [z.boolean(), 'yes', 'list must be true or false'],
    [z.array(z.string()), 'a', 'list must be a list'],
    [z.array(z.string()), ['a', 2], 'list.1 must be a text'],
    [z.enum(['eu', 'us']), 'mars', 'list must be one of "eu", "us"'],
    [z.literal('v2'), 'v1', 'list must be "v2"'],
    [z.url(), 'crm', 'list must be a URL'],
    [z.email(), 'x', 'list must be an e-mail address'],
    [z.string().startsWith('sk_'), 'x', 'list must be of another form: it must begin with "sk_"'],
    [z.string().min(1), '', 'list must not be empty'],
    [z.string().min(16), 'x', 'list must have at least 16 characters'],
    [z.array(z.string()).max(1), ['a', 'b'], 'list must have at most 1 entry'],
    [z.number().min(1), 0, 'list must be at least 1'],
    [z.number().lt(9), 9, 'list must be less than 9'],
    [z.strictObject({}), { a: 1, b: 2 }, 'list must not have "a", "b"'],
    [z.union([z.string(), z.number()]), true, 'list must be a text, or must be a number'],
    [z.string('choose a list'), 5, 'list: choose a list'],
    [z.string().refine(() => false, 'is no list of yours'), 'x', 'list: is no list of yours'],
  ]
  for (const [schema, value, sentence] of cases) {
    it(`says "${sentence}"`, () => assert.deepEqual(told(z.object({ list: schema }), { list: value }), [sentence]))
  }

  it('names the whole where no part is at fault, and knows what is missing without what was parsed', () => {
    assert.deepEqual(told(z.object({}), 'x'), ['settings must be an object'])
    assert.deepEqual(told(z.object({ id: z.string() }), {}, false), ['id is missing'])
    assert.deepEqual(told(z.object({ id: z.string() }), { id: 5 }, false), ['id must be a text'])
  })
})

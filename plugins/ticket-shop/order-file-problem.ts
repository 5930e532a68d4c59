// What is wrong with an order file, and where: told in one sentence to the person who has to mend the file.
import type { z } from '../../core/sdk/index.ts'
import { ShopError } from './shop-error.ts'

export class OrderFileProblem extends Error {
  readonly line: number
  /** Such as `orders[12].positions[0].price`; empty for the file as a whole. */
  readonly field: string
  constructor({ line, field, message, cause }: { line: number; field: string; message: string; cause?: unknown }) {
    super(message, { cause })
    this.line = line
    this.field = field
  }

  /** The refusal, once it is known which file it was and that it is of no further use. */
  refuse(path: string): ShopError {
    const field = this.field ? `, ${this.field}` : ''
    return new ShopError(`Cannot import ${path}: line ${this.line}${field}: ${this.message}. Nothing was imported.`, {
      cause: this,
    })
  }
}

const expectedWords: Readonly<Record<string, string>> = {
  string: 'must be text',
  number: 'must be a number',
  int: 'must be a whole number',
  boolean: 'must be true or false',
  array: 'must be a list',
  object: 'must be an object',
}

/** What a failed parse found first: the path to the value at fault, and what it should be instead of what it is. */
export function describeIssue(issue: z.core.$ZodIssue, root: unknown): { path: (string | number)[]; message: string } {
  // A JSON value has no symbols for keys.
  const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)))
  if (issue.code === 'unrecognized_keys') {
    const [key = ''] = issue.keys
    return { path: [...path, key], message: 'there is no such field' }
  }
  const value = valueAt(root, path)
  if (value === undefined) return { path, message: 'is missing' }
  return { path, message: `${ruleOf(issue)}, but is ${shorten(JSON.stringify(value))}` }
}

function ruleOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type') return expectedWords[issue.expected] ?? `must be ${issue.expected}`
  if (issue.code === 'invalid_value') return `must be one of ${issue.values.map(String).join(', ')}`
  if (issue.code === 'too_big') return `must be at most ${issue.maximum}${unitOf(issue.origin)}`
  if (issue.code === 'too_small') return `must be at least ${issue.minimum}${unitOf(issue.origin)}`
  return issue.message
}

function unitOf(origin: string): string {
  if (origin === 'string') return ' characters'
  return origin === 'array' ? ' entries' : ''
}

function valueAt(root: unknown, path: readonly (string | number)[]): unknown {
  let value = root
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined
    value = Reflect.get(value, part)
  }
  return value
}

function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}

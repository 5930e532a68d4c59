// What the shop refuses: a wrong input, an illegal move. The message is one line, written for the person who asked.
import { OutboundSyncError, type z } from '../../core/sdk/index.ts'

export class ShopError extends OutboundSyncError {
  constructor(message: string, options?: { cause?: unknown }) {
    super('ticket_shop', message, options)
  }
}

/** Parses what comes over the border of an action; the refusal names the action and the field at fault. */
export function parseInput<T extends z.ZodType>(schema: T, input: unknown, what: string): z.output<T> {
  const parsed = schema.safeParse(input)
  if (parsed.success) return parsed.data
  const problems = parsed.error.issues.map((issue) => {
    const path = issue.path.map(String).join('.')
    return path ? `${path}: ${issue.message}` : issue.message
  })
  throw new ShopError(`Cannot ${what}: ${problems.join('; ')}.`, { cause: parsed.error })
}

// What a connection is asked to be, checked at the border before anything is looked up.
import { z } from 'zod'
import { isStorableText } from '../database/stored-json.ts'
import { SyncConfigError } from '../errors.ts'
import { scopeSchema } from '../sdk/scope-path.ts'
import { issueSentences } from '../sdk/zod-words.ts'
import { environmentName } from './environments.ts'

const text = z.string().refine(isStorableText, 'must not hold a NUL character')
const requestSchema = z.object({
  provider: text.min(1),
  version: text.min(1).optional(),
  name: text.trim().min(1, 'must not be empty').max(200, 'must have at most 200 characters'),
  scope: text.pipe(scopeSchema),
  settings: z.record(z.string(), z.unknown()),
  environment: environmentName.nullable().optional(),
  actor: text.min(1),
})

/** Throws a SyncConfigError that names every place at fault. */
export function parseRequest(given: unknown): z.infer<typeof requestSchema> {
  const parsed = requestSchema.safeParse(given)
  if (parsed.success) return parsed.data
  const problems = issueSentences(parsed.error.issues, { whole: 'the connection', input: given })
  throw new SyncConfigError(`This connection cannot be made. Correct it: ${problems.join('; ')}.`)
}

// Takes known secrets out of an error before it leaves the authorised client: messages end up in history, stacks and
// causes in the log.
import { redactJson, redactText } from './redact.ts'

const deepestCause = 8

/** The same error (its class is the rule for it) with every text in it redacted, causes included. */
export function redactError(error: unknown, secrets: readonly string[], level = 0): unknown {
  if (typeof error === 'string') return redactText(error, secrets)
  if (!(error instanceof Error)) return redactJson(error, secrets)
  if (level > deepestCause) return new Error('[nested too deep]')

  for (const key of Object.getOwnPropertyNames(error)) {
    const value: unknown = Reflect.get(error, key)
    const redacted = redactProperty(value, secrets, level + 1)
    if (redacted === value) continue
    // A property that cannot be replaced would carry the secret on: then only the message survives.
    if (!Reflect.set(error, key, redacted)) return new Error(redactText(error.message, secrets))
  }
  return error
}

function redactProperty(value: unknown, secrets: readonly string[], level: number): unknown {
  if (typeof value === 'string') return redactText(value, secrets)
  if (value instanceof Error) return redactError(value, secrets, level)
  if (Array.isArray(value)) return value.map((item) => redactProperty(item, secrets, level))
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  return redactJson(value, secrets)
}

// How a check fails: with a plain error that any test runner shows, whose message says what to do differently.
import type { TestAttempt } from './history-view.ts'

/** Throws unless the value is there, not empty and true; hands it on. */
export function demand<Value>(value: Value, message: string): Exclude<Value, null | undefined | false> {
  if (value === null || value === undefined || value === false || value === '') throw new Error(message)
  return value as Exclude<Value, null | undefined | false>
}

/** How a try ended, for a sentence. */
export function told({ outcome, message }: TestAttempt): string {
  return message === null ? `"${outcome}"` : `"${outcome}" (${message})`
}

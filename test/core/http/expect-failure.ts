// What a call failed with, for the tests of core/http.
import assert from 'node:assert/strict'
import { type ErrorKind, isErrorKind } from '../../../core/errors.ts'

export async function failureOf(call: Promise<unknown>): Promise<Error> {
  const error = await call.then(
    () => assert.fail('the call went through'),
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof Error)
  return error
}

export async function expectFailure(call: Promise<unknown>, kind: ErrorKind, message: RegExp): Promise<Error> {
  const error = await failureOf(call)
  assert.ok(isErrorKind(error, kind), `expected a ${kind}, got ${error}`)
  assert.match(error.message, message)
  return error
}

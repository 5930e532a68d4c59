// Failed sign-ins of an account since the last good one, and until when it has to wait.
import { defineEntity, p } from '@mikro-orm/core'

const SignInAttemptSchema = defineEntity({
  name: 'SignInAttempt',
  tableName: 'sign_in_attempt',
  properties: {
    account: p.text().primary(),
    failedCount: p.integer(),
    blockedUntil: p.datetime().columnType('timestamptz'),
  },
})

export class SignInAttempt extends SignInAttemptSchema.class {}
SignInAttemptSchema.setClass(SignInAttempt)

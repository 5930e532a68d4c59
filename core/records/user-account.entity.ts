// A user of the standalone program's own sign-in.
import { defineEntity, p } from '@mikro-orm/core'

const UserAccountSchema = defineEntity({
  name: 'UserAccount',
  tableName: 'user_account',
  properties: {
    id: p.uuid().primary(),
    email: p.text(),
    name: p.text(),
    passwordHash: p.text(),
    role: p.text().$type<'viewer' | 'operator' | 'administrator'>(),
    disabledAt: p.datetime().columnType('timestamptz').nullable(),
    createdAt: p.datetime().columnType('timestamptz').defaultRaw(`now()`),
  },
})

export class UserAccount extends UserAccountSchema.class {}
UserAccountSchema.setClass(UserAccount)

// One row: the versions of the program that can work with the tables as they are, as a semver range.
import { defineEntity, p } from '@mikro-orm/core'

const CompatibilitySchema = defineEntity({
  name: 'Compatibility',
  tableName: 'compatibility',
  properties: {
    id: p.boolean().primary(),
    programs: p.text(),
  },
})

export class Compatibility extends CompatibilitySchema.class {}
CompatibilitySchema.setClass(Compatibility)

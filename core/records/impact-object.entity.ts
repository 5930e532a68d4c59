// An object that an impact has met while it counts and that would be created or updated. Gone when the run has ended.
import { defineEntity, p } from '@mikro-orm/core'

const ImpactObjectSchema = defineEntity({
  name: 'ImpactObject',
  tableName: 'impact_object',
  properties: {
    runId: p.uuid().primary(),
    /** Digests of what it is recognised by, and of what it would be sent with last. */
    identity: p.text().primary(),
    content: p.text(),
  },
})

export class ImpactObject extends ImpactObjectSchema.class {}
ImpactObjectSchema.setClass(ImpactObject)

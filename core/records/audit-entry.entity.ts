// Who changed what, before and after. Secrets appear as "changed".
import { defineEntity, p } from '@mikro-orm/core'

const AuditEntrySchema = defineEntity({
  name: 'AuditEntry',
  tableName: 'audit_entry',
  properties: {
    id: p.bigint('string').primary().autoincrement(),
    at: p.datetime().columnType('timestamptz').defaultRaw(`now()`),
    actor: p.text(),
    action: p.text(),
    scope: p.text(),
    target: p.text(),
    before: p.json().$type<object>().nullable(),
    after: p.json().$type<object>().nullable(),
  },
})

export class AuditEntry extends AuditEntrySchema.class {}
AuditEntrySchema.setClass(AuditEntry)

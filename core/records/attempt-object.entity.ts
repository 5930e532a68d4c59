// What one try sent for one object and what was answered, redacted. Append-only.
import { defineEntity, p } from '@mikro-orm/core'

const AttemptObjectSchema = defineEntity({
  name: 'AttemptObject',
  tableName: 'attempt_object',
  properties: {
    id: p.bigint('string').primary().autoincrement(),
    attemptId: p.bigint('string'),
    mappingKey: p.text(),
    sourceModel: p.text(),
    sourceId: p.text(),
    objectType: p.text(),
    idField: p.text(),
    idValue: p.text().nullable(),
    action: p.text(),
    remoteId: p.text().nullable(),
    sent: p.json().$type<object>().nullable(),
    answered: p.json().$type<object>().nullable(),
    message: p.text().nullable(),
    href: p.text().nullable(),
    displayName: p.text().nullable(),
  },
})

export class AttemptObject extends AttemptObjectSchema.class {}
AttemptObjectSchema.setClass(AttemptObject)

// A key that values are sealed with, itself wrapped with a master key of the configuration. Settled: nothing is left to be resealed with it.
import { defineEntity, p } from '@mikro-orm/core'

const DataKeySchema = defineEntity({
  name: 'DataKey',
  tableName: 'data_key',
  properties: {
    id: p.text().primary(),
    wrappedKey: p.text(),
    masterKeyId: p.text(),
    state: p.text().$type<'current' | 'retired'>(),
    createdAt: p.datetime().columnType('timestamptz').defaultRaw(`now()`),
    retiredAt: p.datetime().columnType('timestamptz').nullable(),
    settledAt: p.datetime().columnType('timestamptz').nullable(),
  },
})

export class DataKey extends DataKeySchema.class {}
DataKeySchema.setClass(DataKey)

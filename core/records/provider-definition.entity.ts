// A provider that is data instead of code: a remote app, a connector or one made in the browser.
import { defineEntity, p } from '@mikro-orm/core'

const ProviderDefinitionSchema = defineEntity({
  name: 'ProviderDefinition',
  tableName: 'provider_definition',
  properties: {
    identifier: p.text().primary(),
    version: p.text().primary(),
    /** Brought by a plugin, for example `rest`. */
    kind: p.text(),
    definition: p.json().$type<unknown>(),
    state: p.text().$type<'draft' | 'active' | 'deprecated' | 'retired'>().defaultRaw(`'draft'`),
    createdAt: p.datetime().columnType('timestamptz').defaultRaw(`now()`),
    updatedAt: p.datetime().columnType('timestamptz').defaultRaw(`now()`),
  },
})

export class ProviderDefinition extends ProviderDefinitionSchema.class {}
ProviderDefinitionSchema.setClass(ProviderDefinition)

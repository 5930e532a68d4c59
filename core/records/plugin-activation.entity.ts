// Whether a plugin is switched on in a scope; the nearest row on the path decides.
import { defineEntity, p } from '@mikro-orm/core'

const PluginActivationSchema = defineEntity({
  name: 'PluginActivation',
  tableName: 'plugin_activation',
  properties: {
    plugin: p.text().primary(),
    scope: p.text().primary(),
    isActive: p.boolean(),
    changedBy: p.text(),
    changedAt: p.datetime().columnType('timestamptz').defaultRaw(`now()`),
  },
})

export class PluginActivation extends PluginActivationSchema.class {}
PluginActivationSchema.setClass(PluginActivation)

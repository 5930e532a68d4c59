// A named value of a provider version's environment; secret ones are sealed.
import { defineEntity, p } from '@mikro-orm/core'

const EnvironmentVariableSchema = defineEntity({
  name: 'EnvironmentVariable',
  tableName: 'environment_variable',
  properties: {
    provider: p.text().primary(),
    providerVersion: p.text().primary(),
    environment: p.text().primary(),
    name: p.text().primary(),
    value: p.text().nullable(),
    sealedValue: p.text().nullable(),
  },
})

export class EnvironmentVariable extends EnvironmentVariableSchema.class {}
EnvironmentVariableSchema.setClass(EnvironmentVariable)

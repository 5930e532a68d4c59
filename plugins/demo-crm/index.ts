// The plugin `demo-crm`: a provider, and the small remote system it sends to.
import { definePlugin, type SignalEvent, signalNames } from '../../core/sdk/index.ts'
import { createDemoCrmService } from './crm-service.ts'
import { demoCrmMigrations } from './migrations.ts'
import { DemoCrmSync } from './provider.ts'

async function enqueue(event: SignalEvent): Promise<void> {
  await DemoCrmSync.enqueueOrder(event, event.name)
}

export default definePlugin({
  name: 'demo-crm',
  displayName: 'Demo CRM',
  description: 'Sends contacts, tickets, deals and the catalogue to a small CRM that runs beside the shop.',
  version: '1.0.0',
  compatibility: '^0.1.0',
  level: 'event',
  providers: [DemoCrmSync],
  taps: Object.fromEntries(signalNames.map((name) => [name, enqueue])),
  migrations: [...demoCrmMigrations],
  setup: ({ executeSql, log }) => ({ services: [createDemoCrmService({ executeSql, log })] }),
})

// The plugin `sql-table`: keeps rows of a table in another PostgreSQL up to date.
import { definePlugin, type SignalEvent } from '../../core/sdk/index.ts'
import { SqlTableSync } from './provider.ts'

async function enqueue(event: SignalEvent): Promise<void> {
  await SqlTableSync.enqueueOrder(event, event.name)
}

export default definePlugin({
  name: 'sql-table',
  displayName: 'SQL table',
  description: 'Writes records as rows into the tables of another PostgreSQL database.',
  version: '1.0.0',
  compatibility: '^0.1.0',
  level: 'event',
  providers: [SqlTableSync],
  // Also those that other plugins bring.
  setup: ({ signals }) => ({ taps: Object.fromEntries(Object.keys(signals).map((name) => [name, enqueue])) }),
})

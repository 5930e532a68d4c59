// Brings the demo's two sides together: the plugin `demo-crm` switched on for the event, and a connection to its CRM.
import type { Operations } from '../../core/sdk/index.ts'
import { terminalActor } from './command-line.ts'

const plugin = 'demo-crm'

/**
 * The connection belongs to the organizer, because customers do: of a connection at the event their records would be held, and
 * signals of new ones would pass it by. The event inherits it, and the switch, unless the plugin was switched off there.
 */
export async function connectDemoCrm(
  operations: Operations,
  { organizerScope, eventScope, baseUrl }: { organizerScope: string; eventScope: string; baseUrl: string },
): Promise<{ connectionId: string }> {
  const actor = terminalActor.name
  for (const scope of [organizerScope, eventScope]) {
    if (await operations.isPluginActive({ plugin, scope })) continue
    await operations.setPluginActive({ plugin, scope, isActive: true, actor })
  }
  return operations.ensureConnection({
    provider: plugin,
    name: 'Demo CRM',
    scope: organizerScope,
    settings: { baseUrl },
    actor,
  })
}

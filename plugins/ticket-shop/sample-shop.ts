// What `start` finds the first time: the sample conference, connected to the demo CRM, so that an order can be placed and
// seen to arrive at once. Afterwards the shop is its owner's: nothing is switched on or made again.
import { isErrorKind, type PluginContext } from '../../core/sdk/index.ts'
import { conferenceReference, setUpConference } from './conference-event.ts'
import { connectDemoCrm } from './demo-connection.ts'
import type { ShopDatabase } from './shop-database.ts'

export async function setUpSampleShop(
  database: ShopDatabase,
  { executeSql, operations, log }: Pick<PluginContext, 'executeSql' | 'operations' | 'log'>,
): Promise<void> {
  const { rows } = await executeSql(
    `select 1 from ticket_shop.event e join ticket_shop.organizer o on o.id = e.organizer_id
     where o.slug || '/' || e.slug = $1`,
    [conferenceReference],
  )
  if (rows.length > 0) return
  await setUpConference(database)
  const baseUrl = await demoCrmOrigin({ operations, log })
  if (baseUrl === null) return
  await connectDemoCrm(operations, {
    organizerScope: 'organizer:acme',
    eventScope: 'organizer:acme/event:conf26',
    baseUrl,
  })
}

// The shop runs without the demo CRM too; then somebody connects it to something else.
async function demoCrmOrigin({ operations, log }: Pick<PluginContext, 'operations' | 'log'>): Promise<string | null> {
  try {
    return await operations.serviceOrigin('demo-crm')
  } catch (error) {
    if (!isErrorKind(error, 'PluginError')) throw error
    log.info({}, 'The demo CRM is not loaded: the sample conference is not connected to anything')
    return null
  }
}

// The page of one order: all about it, the buttons for what can be done with it, and how it stands in other systems.
import type { PageRequest, PluginPage } from '../../../core/sdk/index.ts'
import { messageOf } from '../../../core/sdk/index.ts'
import { loadOrderParts } from './load-order.ts'
import { orderView } from './order-view.ts'
import { type OnOrder, pageOfOrder, type ShopPagesContext, trailTo } from './shop-page.ts'

export function createOrderPages(context: ShopPagesContext): PluginPage[] {
  return [
    pageOfOrder(context, {
      method: 'GET',
      path: '',
      async handle(request, found) {
        const parts = await loadOrderParts(found.em, found)
        const canOperate = request.user.can('operate', found.scope)
        return {
          view: 'order',
          title: `Order ${found.order.code}`,
          data: {
            order: orderView(found, parts, { canOperate, now: new Date() }),
            eventName: found.event.name,
            trail: trailTo(found),
            panel: await syncPanel(context, request, found),
          },
        }
      },
    }),
  ]
}

/** Null when it cannot be had: an order is looked at for more than its panel. */
async function syncPanel(
  { operations, log }: ShopPagesContext,
  { user, href }: PageRequest,
  { order }: OnOrder,
): Promise<string | null> {
  try {
    return await operations.panel({ subject: { model: 'Order', id: order.id }, user, returnTo: href })
  } catch (error) {
    log.error({ error: messageOf(error), order: order.id }, 'The sync panel of an order could not be shown')
    return null
  }
}

// Every page of the shop. Where two addresses fit, the first one answers: a new order stands before an order's code.
import type { PluginPage } from '../../../core/sdk/index.ts'
import { createCancelPositionPages } from './cancel-position-pages.ts'
import { createCheckInPages } from './check-in-pages.ts'
import { createEventListPages } from './event-list-pages.ts'
import { createOrderActionPages } from './order-action-pages.ts'
import { createOrderDetailsPages } from './order-details-pages.ts'
import { createOrderListPages } from './order-list-pages.ts'
import { createOrderPages } from './order-pages.ts'
import { createPlaceOrderPages } from './place-order-pages.ts'
import { createPositionPages } from './position-pages.ts'
import type { ShopPagesContext } from './shop-page.ts'

export function createShopPages(context: ShopPagesContext): PluginPage[] {
  return [
    ...createEventListPages(context),
    ...createOrderListPages(context),
    ...createPlaceOrderPages(context),
    ...createOrderPages(context),
    ...createOrderActionPages(context),
    ...createOrderDetailsPages(context),
    ...createPositionPages(context),
    ...createCancelPositionPages(context),
    ...createCheckInPages(context),
  ]
}

// What a page of one position begins with, below the order's.
import type { PageRequest, PageResult, PluginPage } from '../../../core/sdk/index.ts'
import { OrderPosition } from '../entities/order-position.entity.ts'
import { type OnOrder, pageOfOrder, type ShopPagesContext } from './shop-page.ts'

export interface OnPosition extends OnOrder {
  /** With its item, variation, sub-event and voucher. */
  position: OrderPosition
  /** The position's page, below the mounted application. */
  positionPath: string
}

export function pageOfPosition(
  context: ShopPagesContext,
  page: Pick<PluginPage, 'method' | 'permission'> & {
    /** Below the position. */
    path: string
    handle(request: PageRequest, found: OnPosition): Promise<PageResult>
  },
): PluginPage {
  return pageOfOrder(context, {
    method: page.method,
    permission: page.permission,
    path: `/positions/:positionid${page.path}`,
    async handle(request, found) {
      const positionid = readNumber(request.params.positionid)
      const position =
        positionid === null
          ? null
          : await found.em.findOne(
              OrderPosition,
              { order: found.order, positionid },
              { populate: ['item', 'variation', 'subEvent', 'voucher'] },
            )
      if (!position)
        return { notFound: `Order ${found.order.code} has no position ${request.params.positionid ?? ''}.` }
      return page.handle(request, { ...found, position, positionPath: `${found.path}/positions/${positionid}` })
    },
  })
}

// Any longer and the database would refuse to compare it.
function readNumber(text: string | undefined): number | null {
  return text !== undefined && /^[1-9]\d{0,8}$/.test(text) ? Number(text) : null
}

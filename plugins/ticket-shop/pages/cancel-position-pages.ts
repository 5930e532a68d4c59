// Takes one position off an order, after saying what goes with it.
import type { PluginPage } from '../../../core/sdk/index.ts'
import { changeOrder } from '../change-order.ts'
import { OrderPosition } from '../entities/order-position.entity.ts'
import { subtractMoney } from '../money.ts'
import { attempt } from './attempt.ts'
import { refusalOf } from './order-moves.ts'
import { type OnPosition, pageOfPosition } from './page-of-position.ts'
import { positionTitle } from './position-title.ts'
import { actorOf, backTo, type ShopPagesContext, trailTo } from './shop-page.ts'

export function createCancelPositionPages(context: ShopPagesContext): PluginPage[] {
  const askPage = pageOfPosition(context, {
    method: 'GET',
    path: '/cancel',
    permission: 'operate',
    async handle(request, found) {
      const { em, order, position } = found
      const active = await em.find(OrderPosition, { order, isCanceled: false })
      const gone = active.filter((one) => one.id === position.id || one.addonTo?.id === position.id)
      const refusal = refusalToCancel(found, { isLast: gone.length === active.length })
      if (refusal) return backTo(request, found.path, { kind: 'warning', text: refusal })
      return {
        view: 'order-action',
        title: `Cancel position ${position.positionid}: ${order.code}`,
        data: {
          label: `Cancel position ${position.positionid}`,
          look: 'danger',
          code: order.code,
          trail: trailTo(found, found),
          backPath: found.path,
          sentences: consequences(found, gone),
          fields: [],
          summary: [],
        },
      }
    },
  })

  const cancelPage = pageOfPosition(context, {
    method: 'POST',
    path: '/cancel',
    async handle(request, { path, order, position, format }) {
      const { positionid } = position
      const operation = { operation: 'cancel' as const, positionid }
      const { result, refusal } = await attempt(() =>
        changeOrder(context.shop, { order: { id: order.id }, operations: [operation], actor: actorOf(request) }),
      )
      if (refusal !== null) return backTo(request, path, { kind: 'error', text: refusal })
      const text = `Position ${positionid} is canceled; the order now costs ${format.money(result.total)}.`
      return backTo(request, path, { kind: 'success', text })
    },
  })

  return [askPage, cancelPage]
}

function refusalToCancel({ order, position }: OnPosition, { isLast }: { isLast: boolean }): string | null {
  if (position.isCanceled) return `Position ${position.positionid} of order ${order.code} is canceled already.`
  if (isLast) return 'This is the last position of the order. Cancel the order instead.'
  return refusalOf(order, 'change')
}

function consequences({ order, position, format }: OnPosition, gone: readonly OrderPosition[]): string[] {
  const total = gone.reduce((sum, { price }) => subtractMoney(sum, price), order.total)
  const addons = gone.length === 2 ? 'Its add-on is canceled with it.' : 'Its add-ons are canceled with it.'
  return [
    `${positionTitle(position)} is taken off the order${position.voucher ? ', and its voucher can be used again' : ''}.`,
    ...(gone.length > 1 ? [addons] : []),
    `The order then costs ${format.money(total)}. Money that came already is not paid back by this.`,
  ]
}

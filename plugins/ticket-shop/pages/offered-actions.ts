// The actions on an order in the order of their buttons, and those that an order's state offers.
import type { Order } from '../entities/order.entity.ts'
import type { OrderAction } from './order-action.ts'
import { canMove } from './order-moves.ts'
import { extendAction, payAction } from './payment-actions.ts'
import { approveAction, cancelAction, denyAction, expireAction, reactivateAction } from './status-actions.ts'

export const orderActions: readonly OrderAction[] = [
  approveAction,
  denyAction,
  payAction,
  reactivateAction,
  extendAction,
  expireAction,
  cancelAction,
]

/** A button; where it has a page it is a link to it. */
export type OfferedAction = Pick<OrderAction, 'key' | 'label' | 'look'> & { hasPage: boolean }

export function offeredActions(order: Order, now: Date): OfferedAction[] {
  return orderActions
    .filter(({ move, isOffered }) => canMove(order, move) && (isOffered?.(order, now) ?? true))
    .map(({ key, label, look, page }) => ({ key, label, look, hasPage: page !== null }))
}

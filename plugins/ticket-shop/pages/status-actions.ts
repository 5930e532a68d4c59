// The actions that need to know nothing more: approve, deny, reactivate, expire, cancel.
import { approveOrder, cancelOrder, denyOrder, expireOrder, reactivateOrder } from '../order-actions.ts'
import { orderStatusLabels } from '../order-status.ts'
import { confirmation, type OrderAction } from './order-action.ts'
import { canMove } from './order-moves.ts'
import { isOverdue } from './order-words.ts'

export const approveAction: OrderAction = {
  key: 'approve',
  move: 'approve',
  label: 'Approve',
  look: 'primary',
  page: null,
  run: ({ shop, common }) => approveOrder(shop, common),
  done: ({ code, status }) => `Order ${code} is approved${status === 'p' ? ' and paid' : '; it can be paid now'}.`,
}

export const denyAction: OrderAction = {
  key: 'deny',
  move: 'deny',
  label: 'Deny',
  look: 'danger',
  page: confirmation('The order is canceled and its vouchers can be used again. It can be reactivated later.'),
  run: ({ shop, common }) => denyOrder(shop, common),
  done: ({ code }) => `Order ${code} is denied and canceled.`,
}

export const reactivateAction: OrderAction = {
  key: 'reactivate',
  move: 'reactivate',
  label: 'Reactivate',
  look: 'primary',
  page: null,
  run: ({ shop, common }) => reactivateOrder(shop, common),
  done: ({ code, status }) => `Order ${code} is reactivated; it is ${orderStatusLabels[status]}.`,
}

export const expireAction: OrderAction = {
  key: 'expire',
  move: 'expire',
  label: 'Mark as expired',
  look: 'secondary',
  isOffered: isOverdue,
  page: null,
  run: ({ shop, common }) => expireOrder(shop, common),
  done: ({ code }) => `Order ${code} is expired.`,
}

export const cancelAction: OrderAction = {
  key: 'cancel',
  move: 'cancel',
  label: 'Cancel the order',
  look: 'danger',
  // Denying does the same, and says why.
  isOffered: (order) => !canMove(order, 'deny'),
  page: confirmation(
    'Its tickets are no longer valid, its vouchers can be used again, and payments on their way are not waited for.',
    'Money that came already is not paid back by this. The order can be reactivated later.',
  ),
  run: ({ shop, common }) => cancelOrder(shop, common),
  done: ({ code }) => `Order ${code} is canceled.`,
}

// The states of an order and which action may leave which of them.
//
//   n pending   -> p paid (pay, place or change with nothing left to pay), e expired (expire), c canceled (cancel, deny)
//   p paid      -> n (a change that raises the total), c (cancel)
//   e expired   -> n (a later expiry), p (pay), c (cancel)
//   c canceled  -> n or p (reactivate)
import { ShopError } from './shop-error.ts'

export const orderStatuses = ['n', 'p', 'e', 'c'] as const
export type OrderStatus = (typeof orderStatuses)[number]

export const orderStatusLabels: Readonly<Record<OrderStatus, string>> = {
  n: 'pending',
  p: 'paid',
  e: 'expired',
  c: 'canceled',
}

const allowedStatuses = {
  pay: ['n', 'e'],
  cancel: ['n', 'p', 'e'],
  reactivate: ['c'],
  expire: ['n'],
  extend: ['n', 'e'],
  modify: ['n', 'p', 'e'],
  change: ['n', 'p'],
  approve: ['n'],
  deny: ['n'],
  split: ['n', 'p'],
  'check in': ['p'],
  'annul a check-in of': ['n', 'p', 'e', 'c'],
} as const satisfies Record<string, readonly OrderStatus[]>
export type OrderMove = keyof typeof allowedStatuses

/** Refuses a move that the order's state does not allow, or that has to wait for its approval. */
export function requireMove(
  order: { code: string; status: OrderStatus; requiresApproval: boolean; approvedAt?: Date | null },
  move: OrderMove,
): void {
  const statuses: readonly OrderStatus[] = allowedStatuses[move]
  if (!statuses.includes(order.status)) {
    const wanted = statuses.map((status) => orderStatusLabels[status]).join(' or ')
    throw new ShopError(
      `Cannot ${move} order ${order.code}: it is ${orderStatusLabels[order.status]}, and only ${wanted} orders allow that.`,
    )
  }
  const waitsForApproval = awaitsApproval(order)
  if ((move === 'approve' || move === 'deny') && !waitsForApproval) {
    throw new ShopError(`Cannot ${move} order ${order.code}: it does not wait for an approval.`)
  }
  if (waitsForApproval && ['pay', 'expire', 'change', 'split'].includes(move)) {
    throw new ShopError(`Cannot ${move} order ${order.code}: it waits for an approval. Approve or deny it first.`)
  }
}

export function awaitsApproval(order: { requiresApproval: boolean; approvedAt?: Date | null }): boolean {
  return order.requiresApproval && !order.approvedAt
}

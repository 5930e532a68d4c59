// Which actions a clerk is offered on an order, by its state: a button where nothing has to be said, a page where something
// has.
import type { Order } from '../entities/order.entity.ts'
import { type OrderMove, requireMove } from '../order-status.ts'
import { ShopError } from '../shop-error.ts'
import { isOverdue } from './order-words.ts'

export interface OfferedMove {
  /** The last part of its address. */
  key: string
  label: string
  look: 'primary' | 'secondary' | 'danger'
  /** True when it asks something first. */
  hasPage: boolean
}

const moves: readonly (OfferedMove & { move: OrderMove; isOffered?(order: Order, now: Date): boolean })[] = [
  { key: 'approve', move: 'approve', label: 'Approve', look: 'primary', hasPage: false },
  { key: 'deny', move: 'deny', label: 'Deny', look: 'danger', hasPage: true },
  { key: 'pay', move: 'pay', label: 'Mark as paid', look: 'primary', hasPage: true },
  { key: 'reactivate', move: 'reactivate', label: 'Reactivate', look: 'primary', hasPage: false },
  { key: 'extend', move: 'extend', label: 'Extend the time to pay', look: 'secondary', hasPage: true },
  {
    key: 'expire',
    move: 'expire',
    label: 'Mark as expired',
    look: 'secondary',
    hasPage: false,
    isOffered: isOverdue,
  },
  {
    key: 'cancel',
    move: 'cancel',
    label: 'Cancel the order',
    look: 'danger',
    hasPage: true,
    // Denying does the same, and says why.
    isOffered: (order) => !canMove(order, 'deny'),
  },
]

export function offeredMoves(order: Order, now: Date): OfferedMove[] {
  return moves
    .filter(({ move, isOffered }) => canMove(order, move) && (isOffered?.(order, now) ?? true))
    .map(({ key, label, look, hasPage }) => ({ key, label, look, hasPage }))
}

export function canMove(order: Order, move: OrderMove): boolean {
  return refusalOf(order, move) === null
}

/** Why an order cannot be moved like that, in a sentence; null when it can. */
export function refusalOf(order: Order, move: OrderMove): string | null {
  try {
    requireMove(order, move)
    return null
  } catch (error) {
    if (error instanceof ShopError) return error.message
    throw error
  }
}

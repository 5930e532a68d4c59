// Whether an order may be moved, asked before anybody tries.
import type { Order } from '../entities/order.entity.ts'
import { type OrderMove, requireMove } from '../order-status.ts'
import { ShopError } from '../shop-error.ts'

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

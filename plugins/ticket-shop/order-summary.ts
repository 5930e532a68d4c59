// What an order action answers.
import type { Order } from './entities/order.entity.ts'
import type { OrderStatus } from './order-status.ts'

export interface OrderSummary {
  id: string
  code: string
  status: OrderStatus
  total: string
  version: number
}

export function summarizeOrder({ id, code, status, total, version }: Order): OrderSummary {
  return { id, code, status, total, version }
}

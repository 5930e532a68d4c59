// The states of orders and payments in a clerk's words.
import type { Payment, PaymentState } from '../entities/payment.entity.ts'
import { awaitsApproval, type OrderStatus, orderStatusLabels } from '../order-status.ts'

/** How a badge looks; the word on it says the same. */
export type BadgeTone = 'success' | 'info' | 'warning' | 'danger' | 'secondary'

export interface Badge {
  label: string
  tone: BadgeTone
}

interface StatusColumns {
  status: OrderStatus
  requiresApproval: boolean
  approvedAt?: Date | null
  expiresAt: Date
}

const tones: Readonly<Record<OrderStatus, BadgeTone>> = { n: 'info', p: 'success', e: 'secondary', c: 'secondary' }

export function orderBadge(order: StatusColumns, now: Date): Badge {
  if (isWaitingForApproval(order)) return { label: 'needs approval', tone: 'warning' }
  if (isOverdue(order, now)) return { label: 'overdue', tone: 'warning' }
  return { label: orderStatusLabels[order.status], tone: tones[order.status] }
}

export function isWaitingForApproval(order: StatusColumns): boolean {
  return order.status === 'n' && awaitsApproval(order)
}

/** Pending, and the time to pay is over. */
export function isOverdue(order: StatusColumns, now: Date): boolean {
  return order.status === 'n' && !awaitsApproval(order) && order.expiresAt < now
}

const paymentBadges: Readonly<Record<PaymentState, Badge>> = {
  created: { label: 'begun', tone: 'secondary' },
  pending: { label: 'on its way', tone: 'info' },
  confirmed: { label: 'received', tone: 'success' },
  failed: { label: 'failed', tone: 'danger' },
  canceled: { label: 'canceled', tone: 'secondary' },
  refunded: { label: 'paid back', tone: 'secondary' },
}

export function paymentBadge({ state }: Pick<Payment, 'state'>): Badge {
  return paymentBadges[state]
}

/** The ways of paying that a clerk can choose from. */
export const paymentProviders = [
  { key: 'banktransfer', label: 'Bank transfer' },
  { key: 'cash', label: 'Cash' },
  { key: 'card', label: 'Card' },
  { key: 'manual', label: 'Another way' },
] as const

/** Providers of elsewhere are shown by their own name. */
export function paymentProviderLabel(provider: string): string {
  if (provider === 'offsetting') return 'Moved by splitting the order'
  return paymentProviders.find(({ key }) => key === provider)?.label ?? provider
}

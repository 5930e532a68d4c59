// The states of orders and payments in a clerk's words.
import type { Payment, PaymentState } from '../entities/payment.entity.ts'
import { awaitsApproval, type OrderStatus, orderStatusLabels } from '../order-status.ts'

/** A word with a colour and a sign that say the same; the tones are those of the common layout. */
export interface Badge {
  label: string
  tone: 'good' | 'calm' | 'busy' | 'wait' | 'bad'
}

interface StatusColumns {
  status: OrderStatus
  requiresApproval: boolean
  approvedAt?: Date | null
  expiresAt: Date
}

const tones: Readonly<Record<OrderStatus, Badge['tone']>> = { n: 'wait', p: 'good', e: 'calm', c: 'calm' }

export function orderBadge(order: StatusColumns, now: Date): Badge {
  if (isWaitingForApproval(order)) return { label: 'needs approval', tone: 'busy' }
  if (isOverdue(order, now)) return { label: 'overdue', tone: 'bad' }
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
  created: { label: 'begun', tone: 'calm' },
  pending: { label: 'on its way', tone: 'wait' },
  confirmed: { label: 'received', tone: 'good' },
  failed: { label: 'failed', tone: 'bad' },
  canceled: { label: 'canceled', tone: 'calm' },
  refunded: { label: 'paid back', tone: 'calm' },
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

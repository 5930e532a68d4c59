// What pretix's notifications mean for us. Those of one order become the product's signals; all others (waiting lists,
// products, events, customers) are of no concern here.
import type { SignalName } from '../../core/sdk/index.ts'

const orderActions: Readonly<Record<string, SignalName>> = {
  placed: 'order_placed',
  'placed.require_approval': 'order_placed',
  paid: 'order_paid',
  canceled: 'order_canceled',
  reactivated: 'order_reactivated',
  expired: 'order_expired',
  expirychanged: 'order_expiry_changed',
  modified: 'order_modified',
  'contact.changed': 'order_modified',
  approved: 'order_approved',
  denied: 'order_denied',
  // Both halves are told of, each by a notification of its own.
  'changed.split': 'order_split',
  'changed.split_from': 'order_split',
}

/** What begins so came with positions, payments or refunds; pretix and its plugins add more of them. */
const changes = ['changed.', 'payment.', 'refund.'] as const
const orderPrefix = 'pretix.event.order.'

/** Null for a notification that says nothing about an order. */
export function signalOf(action: string): SignalName | null {
  if (action === 'pretix.event.checkin') return 'checkin_created'
  if (action === 'pretix.event.checkin.reverted') return 'checkin_annulled'
  if (!action.startsWith(orderPrefix)) return null
  const change = action.slice(orderPrefix.length)
  if (Object.hasOwn(orderActions, change)) return orderActions[change] ?? null
  return changes.some((prefix) => change.startsWith(prefix)) ? 'order_changed' : null
}

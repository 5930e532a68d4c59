// Why something was to be sent, as a person says it: the names of signals are for programs.
import type { JobTrigger } from '../queue/job-states.ts'

const known: Readonly<Record<string, string>> = {
  order_placed: 'the order was placed',
  order_paid: 'the order was paid',
  order_canceled: 'the order was canceled',
  order_reactivated: 'the order was reactivated',
  order_expired: 'the order expired',
  order_expiry_changed: 'the time to pay changed',
  order_modified: 'the data of the order was changed',
  order_changed: 'the order was changed',
  order_approved: 'the order was approved',
  order_denied: 'the order was denied',
  order_split: 'the order was split',
  checkin_created: 'somebody was checked in',
  checkin_annulled: 'a check-in was taken back',
  customer_created: 'the customer was created',
  retry_now: 'somebody asked for a retry',
  sync_now: 'somebody asked for it',
  superseded: 'an earlier try came too late',
  backfill: 'a backfill asked for it',
}

export function triggerWords(trigger: Pick<JobTrigger, 'name' | 'actor'>): string {
  const text = known[trigger.name] ?? trigger.name.replaceAll(/[_-]+/g, ' ')
  if (!trigger.actor) return text
  return text.startsWith('somebody ') ? text.replace('somebody', trigger.actor) : `${text}, by ${trigger.actor}`
}

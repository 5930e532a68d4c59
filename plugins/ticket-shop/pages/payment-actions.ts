// The actions about paying: that the money came, and that there is more time for it.
import { changeOrderExpiry, markOrderPaid } from '../order-actions.ts'
import { outstandingAmount } from '../order-payments.ts'
import { createField } from './form-field.ts'
import { expectations, type FormProblems } from './form-problems.ts'
import type { ActionRequest, OrderAction } from './order-action.ts'
import { paymentProviders } from './order-words.ts'
import { instantInZone, localDayIn } from './zoned-time.ts'

const paymentTermMs = 14 * 86_400_000

export const payAction: OrderAction = {
  key: 'pay',
  move: 'pay',
  label: 'Mark as paid',
  look: 'primary',
  page: {
    async sentences({ em, order, format }) {
      const open = format.money(await outstandingAmount(em, order))
      return [`A payment of ${open} is recorded, and the order is paid.`]
    },
    fields: (values, { event }) => [
      createField({ name: 'provider', label: 'How it was paid', kind: 'select', options: paymentProviders }, values),
      createField(
        { name: 'paidOn', label: 'Day it was paid', kind: 'date', hint: `By the calendar of ${event.timezone}.` },
        values,
      ),
    ],
    preset: (now, { event }) => ({ provider: 'banktransfer', paidOn: localDayIn(now, event.timezone) }),
  },
  async run(request) {
    const { shop, common, values, problems } = request
    const provider = paymentProviders.find(({ key }) => key === values.text('provider'))?.key
    if (!provider) tell(request, 'provider', expectations.select)
    const paidAt = readPaidAt(request)
    return provider && paidAt && problems.isEmpty ? markOrderPaid(shop, { ...common, provider, paidAt }) : null
  },
  done: ({ code }) => `Order ${code} is paid.`,
}

// Noon, so that it is that day in every zone nearby; today it is now.
function readPaidAt(request: ActionRequest): Date | null {
  const { timezone } = request.found.event
  const day = request.values.text('paidOn')
  const noon = instantInZone(`${day}T12:00`, timezone)
  const today = localDayIn(request.now, timezone)
  if (!noon) tell(request, 'paidOn', expectations.date)
  else if (day > today) tell(request, 'paidOn', 'enter today or a day before')
  return day === today ? request.now : noon
}

export const extendAction: OrderAction = {
  key: 'extend',
  move: 'extend',
  label: 'Extend the time to pay',
  look: 'secondary',
  page: {
    async sentences({ order, format }) {
      if (order.status === 'e') return ['The order is pending again until then.']
      return [`As it stands, the order can be paid until ${format.dateTime(order.expiresAt).text}.`]
    },
    fields: (values, { event }) => [
      createField(
        { name: 'lastDay', label: 'Last day to pay', kind: 'date', hint: `Until midnight in ${event.timezone}.` },
        values,
      ),
    ],
    preset(now, { order, event }) {
      const from = Math.max(now.getTime(), order.expiresAt.getTime())
      return { lastDay: localDayIn(new Date(from + paymentTermMs), event.timezone) }
    },
  },
  async run(request) {
    const { shop, common, values, now } = request
    const expiresAt = instantInZone(`${values.text('lastDay')}T23:59:59`, request.found.event.timezone)
    if (!expiresAt) tell(request, 'lastDay', expectations.date)
    else if (expiresAt <= now) tell(request, 'lastDay', 'enter today or a day to come')
    return expiresAt && request.problems.isEmpty ? changeOrderExpiry(shop, { ...common, expiresAt }) : null
  },
  done: ({ code }) => `Order ${code} can be paid longer.`,
}

function tell(
  { fields, problems }: { fields: ActionRequest['fields']; problems: FormProblems },
  name: string,
  words: string,
): void {
  const field = fields.find((one) => one.name === name)
  if (field) problems.add(field, words)
}

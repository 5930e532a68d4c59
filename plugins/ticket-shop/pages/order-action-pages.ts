// The actions that move an order from one status to another. Each is a POST that runs the order action and comes back to
// the order; those that need an answer or a second thought have a page before it.
import type { PageRequest, PageResult, PluginPage } from '../../../core/sdk/index.ts'
import {
  approveOrder,
  cancelOrder,
  changeOrderExpiry,
  denyOrder,
  expireOrder,
  markOrderPaid,
  reactivateOrder,
} from '../order-actions.ts'
import { outstandingAmount } from '../order-payments.ts'
import { type OrderMove, orderStatusLabels } from '../order-status.ts'
import type { OrderSummary } from '../order-summary.ts'
import type { Shop } from '../shop-database.ts'
import { ShopError } from '../shop-error.ts'
import { createField, type FormField, type FormValues, presetValues, submittedValues } from './form-field.ts'
import { createFormProblems, expectations, type FormProblems } from './form-problems.ts'
import { refusalOf } from './order-moves.ts'
import { paymentProviders } from './order-words.ts'
import { actorOf, type OnOrder, pageOfOrder, type ShopPagesContext, trailTo } from './shop-page.ts'
import { instantInZone, localDayIn } from './zoned-time.ts'

const dayMs = 86_400_000

interface ActionPage {
  heading: string
  /** What will happen. */
  sentences(found: OnOrder): Promise<string[]>
  submit: { label: string; look: 'primary' | 'danger' }
  fields(values: FormValues, found: OnOrder): FormField[]
  preset(now: Date, found: OnOrder): Record<string, string>
}

interface OrderAction {
  /** The last part of its address. */
  key: string
  move: OrderMove
  page: ActionPage | null
  run(request: ActionRequest): Promise<OrderSummary>
  done(order: OrderSummary): string
}

interface ActionRequest {
  shop: Shop
  /** What every order action takes. */
  common: { order: { id: string }; actor: { id: string; name: string } }
  found: OnOrder
  field(name: string): FormField
  values: FormValues
  problems: FormProblems
}

/** Thrown inside `run` when the form is wrong; `problems` says how. */
class FormIncomplete extends Error {}

const withoutFields = { fields: () => [], preset: () => ({}) }

const actions: readonly OrderAction[] = [
  {
    key: 'pay',
    move: 'pay',
    page: {
      heading: 'Mark as paid',
      async sentences({ em, order, format }) {
        const open = format.money(await outstandingAmount(em, order))
        return [`The payment of ${open} is recorded, and the order is paid.`]
      },
      submit: { label: 'Mark as paid', look: 'primary' },
      fields: (values, { event }) => [
        createField(
          { name: 'provider', label: 'How it was paid', kind: 'select', options: paymentProviders },
          values,
        ),
        createField(
          { name: 'paidOn', label: 'Day it was paid', kind: 'date', hint: `By the calendar of ${event.timezone}.` },
          values,
        ),
      ],
      preset: (now, { event }) => ({ provider: 'banktransfer', paidOn: localDayIn(now, event.timezone) }),
    },
    run({ shop, common, found, field, values, problems }) {
      const provider = paymentProviders.find(({ key }) => key === values.text('provider'))?.key
      if (!provider) problems.add(field('provider'), expectations.select)
      const paidAt = readPaidAt(values.text('paidOn'), { timezone: found.event.timezone, now: new Date() })
      if (paidAt === null) problems.add(field('paidOn'), expectations.date)
      if (paidAt === 'future') problems.add(field('paidOn'), 'enter today or a day before')
      if (!provider || paidAt === null || paidAt === 'future') throw new FormIncomplete()
      return markOrderPaid(shop, { ...common, provider, paidAt })
    },
    done: ({ code }) => `Order ${code} is paid.`,
  },
  {
    key: 'cancel',
    move: 'cancel',
    page: {
      heading: 'Cancel the order',
      sentences: async () => [
        'Its tickets are no longer valid, its vouchers can be used again, and payments on their way are not waited for.',
        'Money that came already is not paid back by this. The order can be reactivated later.',
      ],
      submit: { label: 'Cancel the order', look: 'danger' },
      ...withoutFields,
    },
    run: ({ shop, common }) => cancelOrder(shop, common),
    done: ({ code }) => `Order ${code} is canceled.`,
  },
  {
    key: 'deny',
    move: 'deny',
    page: {
      heading: 'Deny the order',
      sentences: async () => [
        'The order is canceled and its vouchers can be used again. It can be reactivated later.',
      ],
      submit: { label: 'Deny the order', look: 'danger' },
      ...withoutFields,
    },
    run: ({ shop, common }) => denyOrder(shop, common),
    done: ({ code }) => `Order ${code} is denied and canceled.`,
  },
  {
    key: 'extend',
    move: 'extend',
    page: {
      heading: 'Extend the time to pay',
      async sentences({ order, format }) {
        const { text } = format.dateTime(order.expiresAt)
        return [order.status === 'e' ? 'The order is pending again.' : `Until now it can be paid until ${text}.`]
      },
      submit: { label: 'Extend', look: 'primary' },
      fields: (values, { event }) => [
        createField(
          { name: 'lastDay', label: 'Last day to pay', kind: 'date', hint: `Until midnight in ${event.timezone}.` },
          values,
        ),
      ],
      preset(now, { order, event }) {
        const from = Math.max(now.getTime(), order.expiresAt.getTime())
        return { lastDay: localDayIn(new Date(from + 14 * dayMs), event.timezone) }
      },
    },
    run({ shop, common, found, field, values, problems }) {
      const expiresAt = instantInZone(`${values.text('lastDay')}T23:59:59`, found.event.timezone)
      if (!expiresAt) problems.add(field('lastDay'), expectations.date)
      else if (expiresAt <= new Date()) problems.add(field('lastDay'), 'enter today or a day to come')
      if (!expiresAt || !problems.isEmpty) throw new FormIncomplete()
      return changeOrderExpiry(shop, { ...common, expiresAt })
    },
    done: ({ code }) => `Order ${code} can be paid longer.`,
  },
  {
    key: 'approve',
    move: 'approve',
    page: null,
    run: ({ shop, common }) => approveOrder(shop, common),
    done: ({ code, status }) => `Order ${code} is approved${status === 'p' ? ' and paid' : '; it can be paid now'}.`,
  },
  {
    key: 'reactivate',
    move: 'reactivate',
    page: null,
    run: ({ shop, common }) => reactivateOrder(shop, common),
    done: ({ code, status }) => `Order ${code} is reactivated; it is ${orderStatusLabels[status]}.`,
  },
  {
    key: 'expire',
    move: 'expire',
    page: null,
    run: ({ shop, common }) => expireOrder(shop, common),
    done: ({ code }) => `Order ${code} is expired.`,
  },
]

// Noon, so that it is that day in every zone nearby; today it is now.
function readPaidAt(day: string, { timezone, now }: { timezone: string; now: Date }): Date | 'future' | null {
  const noon = instantInZone(`${day}T12:00`, timezone)
  if (!noon) return null
  const today = localDayIn(now, timezone)
  if (day > today) return 'future'
  return day === today ? now : noon
}

export function createOrderActionPages(context: ShopPagesContext): PluginPage[] {
  return actions.flatMap((action) => {
    const post = pageOfOrder(context, {
      method: 'POST',
      path: `/${action.key}`,
      handle: (request, found) => runAction(action, { context, request, found }),
    })
    const { page } = action
    if (!page) return [post]
    const get = pageOfOrder(context, {
      method: 'GET',
      path: `/${action.key}`,
      permission: 'operate',
      async handle(request, found) {
        const refusal = refusalOf(found.order, action.move)
        if (refusal) return backToOrder(request, found, { kind: 'warning', text: refusal })
        return showAction(page, { found, values: presetValues(page.preset(new Date(), found)) })
      },
    })
    return [get, post]
  })
}

async function runAction(
  action: OrderAction,
  { context, request, found }: { context: ShopPagesContext; request: PageRequest; found: OnOrder },
): Promise<PageResult> {
  const values = submittedValues(request.form)
  const problems = createFormProblems()
  const fields = action.page?.fields(values, found) ?? []
  try {
    const order = await action.run({
      shop: context.shop,
      common: { order: { id: found.order.id }, actor: actorOf(request) },
      found,
      values,
      problems,
      field: (name) => fields.find((field) => field.name === name) ?? createField({ name, label: name }, values),
    })
    return backToOrder(request, found, { kind: 'success', text: action.done(order) })
  } catch (error) {
    if (error instanceof FormIncomplete && action.page) return showAction(action.page, { found, values, problems })
    // Somebody else was faster, most often: the order's page shows what it is now.
    if (error instanceof ShopError) return backToOrder(request, found, { kind: 'error', text: error.message })
    throw error
  }
}

async function showAction(
  page: ActionPage,
  { found, values, problems }: { found: OnOrder; values: FormValues; problems?: FormProblems },
): Promise<PageResult> {
  const fields = page.fields(values, found)
  const summary = problems?.listed(fields) ?? []
  const title = `${page.heading}: ${found.order.code}`
  return {
    view: 'order-action',
    title: summary.length > 0 ? `Error: ${title}` : title,
    status: summary.length > 0 ? 422 : 200,
    data: {
      heading: page.heading,
      code: found.order.code,
      trail: trailTo(found, found),
      backPath: found.path,
      sentences: await page.sentences(found),
      submit: page.submit,
      fields,
      summary,
    },
  }
}

function backToOrder(
  request: PageRequest,
  { path }: OnOrder,
  notice: { kind: 'success' | 'warning' | 'error'; text: string },
): PageResult {
  return { redirectTo: request.url(path), notice }
}

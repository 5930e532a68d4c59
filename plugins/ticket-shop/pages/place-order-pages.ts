// The form by which a clerk places an order, for somebody on the phone or at the desk.
import type { PageRequest, PageResult, PluginPage } from '../../../core/sdk/index.ts'
import { messageOf } from '../../../core/sdk/index.ts'
import { Order } from '../entities/order.entity.ts'
import { OrderPosition } from '../entities/order-position.entity.ts'
import { allocateOrderCodes } from '../order-code.ts'
import { orderHref } from '../order-href.ts'
import { orderStatusLabels } from '../order-status.ts'
import { placeOrders } from '../place-order.ts'
import { ShopError } from '../shop-error.ts'
import { countries } from './countries.ts'
import { loadEventOffer } from './event-offer.ts'
import { type FormValues, presetValues, submittedValues } from './form-field.ts'
import { createFormProblems, type FormProblems } from './form-problems.ts'
import { applyCommand, maxRowCount, type OrderRow, readCommand, readRows } from './order-rows.ts'
import {
  createPlaceOrderForm,
  type PlaceOrderContext,
  type PlaceOrderForm,
  placeOrderFields,
} from './place-order-form.ts'
import { quoteOrder } from './quote-order.ts'
import { type OrderInput, readPlaceOrder } from './read-place-order.ts'
import { actorOf, type OnEvent, pageOfEvent, type ShopPagesContext, trailTo } from './shop-page.ts'
import { placeOrderPath } from './shop-paths.ts'

const fullSentence = `An order placed here has at most ${maxRowCount} positions, and a position at most ${maxRowCount} add-ons. Place a second order for the others.`

export function createPlaceOrderPages(context: ShopPagesContext): PluginPage[] {
  const { shop } = context

  async function contextOf(found: OnEvent, values: FormValues, rows: readonly OrderRow[]): Promise<PlaceOrderContext> {
    const { em, event, format } = found
    return { event, format, values, rows, offer: await loadEventOffer(em, event) }
  }

  const showPage = pageOfEvent(context, {
    method: 'GET',
    path: '/new',
    permission: 'operate',
    async handle(_request, found) {
      const values = withDefaults(presetValues({ code: await newCode(found) }))
      return showForm(found, { context: await contextOf(found, values, readRows(values)) })
    },
  })

  const sendPage = pageOfEvent(context, {
    method: 'POST',
    path: '/new',
    async handle(request, found) {
      const values = withDefaults(submittedValues(request.form))
      const command = readCommand(submittedValues(request.form).text('do'))
      const { rows, isFull } = applyCommand(readRows(values), command)
      const form = await contextOf(found, values, rows)
      const problems = createFormProblems()
      if (isFull) problems.addGeneral(fullSentence)
      if (isFull || (command.name !== 'place' && command.name !== 'total'))
        return showForm(found, { context: form, problems })

      const fields = createPlaceOrderForm(form)
      const order = readPlaceOrder(fields, form, problems)
      if (!order) return showForm(found, { context: form, problems })
      if (command.name === 'place') return place(request, found, { order, fields, form, problems })
      try {
        const total = await quoteOrder(shop.database, { event: referenceOf(found), orders: [order] })
        return showForm(found, { context: form, total })
      } catch (error) {
        addRefusal(error, { fields, problems })
        return showForm(found, { context: form, problems })
      }
    },
  })

  async function place(
    request: PageRequest,
    found: OnEvent,
    typed: { order: OrderInput; fields: PlaceOrderForm; form: PlaceOrderContext; problems: FormProblems },
  ): Promise<PageResult> {
    const { order, fields, form, problems } = typed
    const event = referenceOf(found)
    try {
      const earlier = await findPlaced(found, order)
      if (earlier === 'same') return alreadyPlaced(request, found, order)
      const orders = [earlier === 'other' ? { ...order, code: undefined } : order]
      const [placed] = await placeOrders(shop, { event, orders, actor: actorOf(request) })
      // One order went in, one comes back.
      if (!placed) throw new RangeError('placeOrders answered without the order')
      const amount = found.format.money(placed.total)
      return {
        redirectTo: request.url(hrefOf(found, placed.code)),
        notice: {
          kind: 'success',
          text: `Order ${placed.code} is placed: ${amount}, ${orderStatusLabels[placed.status]}.`,
        },
      }
    } catch (error) {
      // Two presses of the button at the same moment: the other one was faster.
      if ((await findPlaced(found, order)) === 'same') return alreadyPlaced(request, found, order)
      addRefusal(error, { fields, problems })
      return showForm(found, { context: form, problems })
    }
  }

  return [showPage, sendPage]
}

function showForm(
  found: OnEvent,
  { context, problems, total }: { context: PlaceOrderContext; problems?: FormProblems; total?: string },
): PageResult {
  const form = createPlaceOrderForm(context)
  const summary = problems?.listed(placeOrderFields(form)) ?? []
  const title = 'Place an order'
  return {
    view: 'place-order',
    title: summary.length > 0 ? `Error: ${title}` : title,
    status: summary.length > 0 ? 422 : 200,
    data: {
      heading: title,
      eventName: found.event.name,
      trail: trailTo(found),
      path: placeOrderPath({ organizer: found.event.organizer.slug, event: found.event.slug }),
      form,
      summary,
      code: context.values.text('code'),
      total: total === undefined ? null : found.format.money(total),
      hasOffer: context.offer.products.length > 0,
      countryNames: countries.map(({ name }) => name),
    },
  }
}

function withDefaults(values: FormValues): FormValues {
  return {
    ...values,
    // One of each, unless somebody says otherwise.
    text: (name) => values.text(name) || (name.endsWith('_quantity') ? '1' : ''),
  }
}

/** The code that the order will have. It travels with the form, so that sending it twice does not make two orders. */
async function newCode({ em, event }: OnEvent): Promise<string> {
  const [code = ''] = await allocateOrderCodes(em, { event, wanted: [undefined] })
  return code
}

/** Whether an order of this code exists, and whether it is this one. */
async function findPlaced({ em, event }: OnEvent, order: OrderInput): Promise<'none' | 'same' | 'other'> {
  if (order.code === undefined) return 'none'
  const placed = await em.fork().findOne(Order, { event, code: order.code })
  if (!placed) return 'none'
  const positionCount = await em.fork().count(OrderPosition, { order: placed })
  return placed.email === order.email && positionCount === order.positions.length ? 'same' : 'other'
}

function alreadyPlaced(request: PageRequest, found: OnEvent, { code = '' }: OrderInput): PageResult {
  return {
    redirectTo: request.url(hrefOf(found, code)),
    notice: { kind: 'info', text: `Order ${code} was placed already. It was not placed a second time.` },
  }
}

function hrefOf({ event }: OnEvent, code: string): string {
  return orderHref({ organizer: event.organizer.slug, event: event.slug, code })
}

function referenceOf({ event }: OnEvent): string {
  return `${event.organizer.slug}/${event.slug}`
}

// What the shop refuses only when it looks into its tables: it names the voucher or the customer as it was typed.
function addRefusal(error: unknown, { fields, problems }: { fields: PlaceOrderForm; problems: FormProblems }): void {
  if (!(error instanceof ShopError)) throw error
  const text = messageOf(error)
  const quoted = placeOrderFields(fields).find(
    ({ name, value }) =>
      (name === 'customer' && text.includes(`customer "${value}"`)) ||
      (name.endsWith('_voucher') && text.includes(`voucher "${value}"`)),
  )
  if (quoted) problems.add(quoted, lowerFirst(text).replace(/\.$/, ''))
  else problems.addGeneral(text)
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}

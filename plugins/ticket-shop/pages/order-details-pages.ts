// The form that changes what an order says about its buyer.
import type { PageResult, PluginPage } from '../../../core/sdk/index.ts'
import { InvoiceAddress } from '../entities/invoice-address.entity.ts'
import { modifyOrder } from '../modify-order.ts'
import { attempt } from './attempt.ts'
import { addVersionProblem } from './changed-order.ts'
import { countries } from './countries.ts'
import { type FormValues, presetValues, submittedValues } from './form-field.ts'
import { createFormProblems, type FormProblems } from './form-problems.ts'
import { createOrderDetailsForm, orderDetailsPreset, readOrderDetails } from './order-details-form.ts'
import { refusalOf } from './order-moves.ts'
import { actorOf, backTo, type OnOrder, pageOfOrder, type ShopPagesContext, trailTo } from './shop-page.ts'

export function createOrderDetailsPages(context: ShopPagesContext): PluginPage[] {
  const showPage = pageOfOrder(context, {
    method: 'GET',
    path: '/details',
    permission: 'operate',
    async handle(request, found) {
      const refusal = refusalOf(found.order, 'modify')
      if (refusal) return backTo(request, found.path, { kind: 'warning', text: refusal })
      return showForm(found, { values: (await loadStored(found)).preset })
    },
  })

  const savePage = pageOfOrder(context, {
    method: 'POST',
    path: '/details',
    async handle(request, found) {
      const { event, order } = found
      const values = submittedValues(request.form)
      const { invoiceAddress, preset } = await loadStored(found)
      const problems = createFormProblems()
      addVersionProblem(order, { values, problems })
      const form = createOrderDetailsForm(event, values)
      const details = readOrderDetails(form, { event, values, preset, invoiceAddress, problems })
      if (!details || !problems.isEmpty) return showForm(found, { values, problems })
      if (Object.keys(details).length === 0) {
        return backTo(request, found.path, { kind: 'info', text: 'Nothing was changed.' })
      }
      const { refusal } = await attempt(() =>
        modifyOrder(context.shop, { order: { id: order.id }, ...details, actor: actorOf(request) }),
      )
      if (refusal === null) {
        return backTo(request, found.path, { kind: 'success', text: `The details of order ${order.code} are saved.` })
      }
      problems.addGeneral(refusal)
      return showForm(found, { values, problems })
    },
  })

  return [showPage, savePage]
}

async function loadStored({ em, event, order }: OnOrder) {
  const invoiceAddress = await em.findOne(InvoiceAddress, { order })
  return { invoiceAddress, preset: presetValues(orderDetailsPreset(event, { order, invoiceAddress })) }
}

function showForm(found: OnOrder, { values, problems }: { values: FormValues; problems?: FormProblems }): PageResult {
  const { order, event } = found
  const form = createOrderDetailsForm(event, values)
  const summary = problems?.listed([...form.contact, ...form.invoice]) ?? []
  const title = `Change the details of order ${order.code}`
  return {
    view: 'order-details',
    title: summary.length > 0 ? `Error: ${title}` : title,
    status: summary.length > 0 ? 422 : 200,
    data: {
      code: order.code,
      version: order.version,
      trail: trailTo(found, found),
      path: `${found.path}/details`,
      backPath: found.path,
      form,
      summary,
      countryNames: countries.map(({ name }) => name),
    },
  }
}

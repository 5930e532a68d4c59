// The actions that move an order from one status to another. Each is a POST that runs the order action and comes back to
// the order; those that need an answer or a second thought have a page before it.
import type { PageRequest, PageResult, PluginPage } from '../../../core/sdk/index.ts'
import { attempt } from './attempt.ts'
import { type FormValues, presetValues, submittedValues } from './form-field.ts'
import { createFormProblems, type FormProblems } from './form-problems.ts'
import { orderActions } from './offered-actions.ts'
import type { OrderAction } from './order-action.ts'
import { refusalOf } from './order-moves.ts'
import { actorOf, backTo, type OnOrder, pageOfOrder, type ShopPagesContext, trailTo } from './shop-page.ts'

export function createOrderActionPages(context: ShopPagesContext): PluginPage[] {
  return orderActions.flatMap((action) => {
    const path = `/${action.key}`
    const post = pageOfOrder(context, {
      method: 'POST',
      path,
      handle: (request, found) => runAction(action, { context, request, found }),
    })
    const { page } = action
    if (!page) return [post]
    const get = pageOfOrder(context, {
      method: 'GET',
      path,
      permission: 'operate',
      async handle(request, found) {
        const refusal = refusalOf(found.order, action.move)
        if (refusal) return backTo(request, found.path, { kind: 'warning', text: refusal })
        return showAction(action, { found, values: presetValues(page.preset(new Date(), found)) })
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
  const { result, refusal } = await attempt(() =>
    action.run({
      shop: context.shop,
      common: { order: { id: found.order.id }, actor: actorOf(request) },
      found,
      now: new Date(),
      values,
      problems,
      fields: action.page?.fields(values, found) ?? [],
    }),
  )
  // Somebody else was faster, most often: the order's page shows what it is now.
  if (refusal !== null) return backTo(request, found.path, { kind: 'error', text: refusal })
  if (!result) return showAction(action, { found, values, problems })
  return backTo(request, found.path, { kind: 'success', text: action.done(result) })
}

async function showAction(
  { label, look, page }: OrderAction,
  { found, values, problems }: { found: OnOrder; values: FormValues; problems?: FormProblems },
): Promise<PageResult> {
  const fields = page?.fields(values, found) ?? []
  const summary = problems?.listed(fields) ?? []
  const title = `${label}: ${found.order.code}`
  return {
    view: 'order-action',
    title: summary.length > 0 ? `Error: ${title}` : title,
    status: summary.length > 0 ? 422 : 200,
    data: {
      label,
      look,
      code: found.order.code,
      trail: trailTo(found, found),
      backPath: found.path,
      sentences: (await page?.sentences(found)) ?? [],
      fields,
      summary,
    },
  }
}

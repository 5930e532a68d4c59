// The page of one position: who it is for and what that person answered, and its price.
import type { PageResult, PluginPage } from '../../../core/sdk/index.ts'
import { changeOrder } from '../change-order.ts'
import { modifyOrder } from '../modify-order.ts'
import { moneySchema } from '../money.ts'
import { attempt } from './attempt.ts'
import { attendeeFormFields } from './attendee-form.ts'
import { addVersionProblem } from './changed-order.ts'
import { countries } from './countries.ts'
import { loadOfferedQuestions, type OfferedQuestion } from './event-offer.ts'
import { createField, type FormField, type FormValues, presetValues, submittedValues } from './form-field.ts'
import { createFormProblems, expectations, type FormProblems } from './form-problems.ts'
import { loadPositionAnswers } from './load-order.ts'
import { canMove, refusalOf } from './order-moves.ts'
import { type OnPosition, pageOfPosition } from './page-of-position.ts'
import { createPositionForm, positionPreset, readPositionForm } from './position-form.ts'
import { positionTitle } from './position-title.ts'
import { actorOf, backTo, type ShopPagesContext, trailTo } from './shop-page.ts'

export function createPositionPages(context: ShopPagesContext): PluginPage[] {
  const { shop } = context

  const showPage = pageOfPosition(context, {
    method: 'GET',
    path: '',
    permission: 'operate',
    async handle(request, found) {
      const { order, position } = found
      const refusal = position.isCanceled
        ? `Position ${position.positionid} of order ${order.code} is canceled. There is nothing to change.`
        : canMove(order, 'change')
          ? null
          : refusalOf(order, 'modify')
      if (refusal) return backTo(request, found.path, { kind: 'warning', text: refusal })
      return showForms(found, await loadStored(found), {})
    },
  })

  const attendeePage = pageOfPosition(context, {
    method: 'POST',
    path: '',
    async handle(request, found) {
      const { event, order, position } = found
      const { positionid } = position
      const stored = await loadStored(found)
      const values = submittedValues(request.form)
      const problems = createFormProblems()
      addVersionProblem(order, { values, problems })
      const options = { event, questions: stored.questions, values }
      const changes = readPositionForm(createPositionForm(options), { ...options, preset: stored.preset, problems })
      if (!changes) return showForms(found, stored, { attendee: values, problems })
      if (Object.keys(changes).length === 0) {
        return backTo(request, found.path, { kind: 'info', text: 'Nothing was changed.' })
      }
      const { refusal } = await attempt(() =>
        modifyOrder(shop, {
          order: { id: order.id },
          positions: [{ positionid, ...changes }],
          actor: actorOf(request),
        }),
      )
      if (refusal === null) {
        return backTo(request, found.path, { kind: 'success', text: `Position ${positionid} is saved.` })
      }
      problems.addGeneral(refusal)
      return showForms(found, stored, { attendee: values, problems })
    },
  })

  const pricePage = pageOfPosition(context, {
    method: 'POST',
    path: '/price',
    async handle(request, found) {
      const { order, position, format } = found
      const { positionid } = position
      const values = submittedValues(request.form)
      const problems = createFormProblems()
      addVersionProblem(order, { values, problems })
      // Many people write decimals with a comma.
      const price = moneySchema.safeParse(values.text('price').replace(',', '.'))
      if (!price.success) problems.add(priceField(found, values), expectations.money)
      if (!price.success || !problems.isEmpty) {
        return showForms(found, await loadStored(found), { price: values, problems })
      }
      const operation = { operation: 'change_price' as const, positionid, price: price.data }
      const { result, refusal } = await attempt(() =>
        changeOrder(shop, { order: { id: order.id }, operations: [operation], actor: actorOf(request) }),
      )
      if (refusal !== null) {
        problems.addGeneral(refusal)
        return showForms(found, await loadStored(found), { price: values, problems })
      }
      const text = `Position ${positionid} now costs ${format.money(price.data)}, the order ${format.money(result.total)}.`
      return backTo(request, found.path, { kind: 'success', text })
    },
  })

  return [showPage, attendeePage, pricePage]
}

interface Stored {
  questions: readonly OfferedQuestion[]
  preset: FormValues
}

async function loadStored({ em, event, position }: OnPosition): Promise<Stored> {
  const questions = await loadOfferedQuestions(em, event)
  const answers = await loadPositionAnswers(em, position)
  return { questions, preset: presetValues(positionPreset(position, { event, questions, answers })) }
}

/** What was typed into one of the two forms stays in it; the other one holds what is stored. */
function showForms(
  found: OnPosition,
  { questions, preset }: Stored,
  typed: { attendee?: FormValues; price?: FormValues; problems?: FormProblems },
): PageResult {
  const { event, order, position, format, positionPath } = found
  const attendee = createPositionForm({ event, questions, values: typed.attendee ?? preset })
  const price = priceField(found, typed.price ?? presetValues({ price: position.price }))
  const summary = typed.problems?.listed([...attendeeFormFields(attendee), price]) ?? []
  const title = `Position ${position.positionid} of order ${order.code}`
  return {
    view: 'position',
    title: summary.length > 0 ? `Error: ${title}` : title,
    status: summary.length > 0 ? 422 : 200,
    data: {
      heading: title,
      itemTitle: positionTitle(position),
      quantity: position.quantity,
      price: format.money(position.price),
      version: order.version,
      trail: trailTo(found, found),
      path: positionPath,
      backPath: found.path,
      canModify: canMove(order, 'modify'),
      canChange: canMove(order, 'change'),
      attendee,
      priceField: price,
      summary,
      countryNames: countries.map(({ name }) => name),
    },
  }
}

function priceField({ event }: OnPosition, values: FormValues): FormField {
  return createField({ name: 'price', label: `Price in ${event.currency}`, kind: 'money', width: 'full' }, values)
}

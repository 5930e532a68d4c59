// The order that was typed into the form of place-order-form.ts, and everything that is wrong with it.
import { orderInputSchema, type PlaceOrdersInput } from '../order-input.ts'
import { readAddress, readName } from './address-fields.ts'
import { readAttendee } from './attendee-form.ts'
import type { FormField } from './form-field.ts'
import { addSchemaProblems, expectations, type FormProblems } from './form-problems.ts'
import { type LineForm, type PlaceOrderContext, type PlaceOrderForm, placeOrderFields } from './place-order-form.ts'

export type OrderInput = PlaceOrdersInput['orders'][number]
type PositionInput = OrderInput['positions'][number]

/** The order; null when something is wrong with it, which `problems` then says. */
export function readPlaceOrder(
  form: PlaceOrderForm,
  context: PlaceOrderContext,
  problems: FormProblems,
): OrderInput | null {
  const { event, values } = context
  const prefixes: string[] = []
  const positions: PositionInput[] = []
  for (const position of form.positions) {
    const main = positions.push({
      ...readLine(position, context, problems),
      ...readPositionAttendee(position, context, problems),
    })
    prefixes.push(position.prefix)
    for (const addon of position.addons) {
      positions.push({ ...readLine(addon, context, problems), addonTo: main })
      prefixes.push(addon.prefix)
    }
  }
  const invoiceAddress = {
    name: readName({ prefix: 'invoiceAddress_name', values }, event),
    ...readAddress({ prefix: 'invoiceAddress', values }, event),
    vatId: values.text('invoiceAddress_vatId') || null,
  }
  const input: OrderInput = {
    code: values.text('code') || undefined,
    email: values.text('email') || null,
    phone: values.text('phone') || null,
    locale: values.text('locale') || undefined,
    customer: values.text('customer') || null,
    requiresApproval: values.text('requiresApproval') === 'on',
    invoiceAddress: Object.values(invoiceAddress).some((value) => value !== null) ? invoiceAddress : undefined,
    positions,
  }
  const parsed = orderInputSchema.safeParse(input)
  if (!parsed.success) {
    const fields = placeOrderFields(form)
    addSchemaProblems(parsed.error, { problems, fieldOf: (path) => fieldOfPath(path, { fields, prefixes }) })
  }
  return problems.isEmpty ? input : null
}

function readLine(
  { prefix, product: productField, details }: LineForm,
  { offer, values }: PlaceOrderContext,
  problems: FormProblems,
): PositionInput {
  const product = offer.products.find(({ key }) => key === productField.value)
  if (!product) problems.add(productField, 'choose one, or remove the position')
  const subEvent = details.find(({ name }) => name === `${prefix}_subEvent`)
  if (subEvent?.value && !offer.subEvents.some(({ slug }) => slug === subEvent.value)) {
    problems.add(subEvent, expectations.select)
  }
  const quantity = details.find(({ name }) => name === `${prefix}_quantity`)
  const isCount = /^[1-9]\d{0,5}$/.test(quantity?.value ?? '')
  if (quantity && !isCount) problems.add(quantity, 'enter a whole number from 1 to 999999')
  return {
    // Told above when there is none.
    item: product?.item ?? '?',
    variation: product?.variation,
    subEvent: subEvent?.value || undefined,
    quantity: isCount ? Number(quantity?.value) : 1,
    voucher: values.text(`${prefix}_voucher`) || undefined,
  }
}

function readPositionAttendee(
  { prefix, title, attendee }: PlaceOrderForm['positions'][number],
  { event, offer, values }: PlaceOrderContext,
  problems: FormProblems,
) {
  if (!attendee) return {}
  const options = { prefix, place: title, values, event, questions: offer.questions }
  return readAttendee(options, { form: attendee, problems })
}

// Names of fields are paths of the input, in which positions are numbered and rows have keys.
function fieldOfPath(
  path: readonly PropertyKey[],
  { fields, prefixes }: { fields: readonly FormField[]; prefixes: readonly string[] },
): FormField | null {
  const [first, index, ...rest] = path
  const names = first === 'positions' && typeof index === 'number' ? [prefixes[index], ...rest] : path
  const name = names.map(String).join('_')
  return fields.find((field) => field.name === name) ?? null
}

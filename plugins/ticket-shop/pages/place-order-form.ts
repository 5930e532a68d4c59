// The form of a new order: its fields, row by row. What was typed into them is read by read-place-order.ts.
import type { Event } from '../entities/event.entity.ts'
import { addressFields, nameFields } from './address-fields.ts'
import { type AttendeeForm, attendeeFormFields, createAttendeeForm } from './attendee-form.ts'
import type { EventFormat } from './event-format.ts'
import type { EventOffer, OfferedProduct } from './event-offer.ts'
import { createField, type FieldOptionGroup, type FormField, type FormValues } from './form-field.ts'
import { localeOptions } from './locale-options.ts'
import { nextKey, type OrderRow } from './order-rows.ts'

export interface LineForm {
  key: number
  prefix: string
  title: string
  product: FormField
  details: readonly FormField[]
}

export interface PlaceOrderForm {
  contact: readonly FormField[]
  invoice: readonly FormField[]
  positions: readonly (LineForm & {
    attendee: AttendeeForm | null
    /** Nobody fills in who a T-shirt is for, unless he wants to. */
    isAttendeeOpen: boolean
    addons: readonly LineForm[]
    /** Of the add-on that the button would add. */
    nextAddonKey: number
  })[]
  /** Of the position that the button would add. */
  nextKey: number
  needsApproval: FormField
}

export interface PlaceOrderContext {
  event: Event
  offer: EventOffer
  format: EventFormat
  values: FormValues
  rows: readonly OrderRow[]
}

export function createPlaceOrderForm(context: PlaceOrderContext): PlaceOrderForm {
  const { event, offer, values, rows } = context
  const invoice = { prefix: 'invoiceAddress', place: 'Invoice', values }
  return {
    contact: [
      createField({ name: 'email', label: 'E-mail', kind: 'email' }, values),
      createField({ name: 'phone', label: 'Phone', kind: 'tel' }, values),
      createField(
        {
          name: 'customer',
          label: 'Customer number',
          hint: `If ${event.organizer.name} knows the buyer already.`,
        },
        values,
      ),
      ...(event.locales.length > 1
        ? [createField({ name: 'locale', label: 'Language', kind: 'select', options: localeOptions(event) }, values)]
        : []),
    ],
    invoice: [
      ...nameFields({ ...invoice, prefix: 'invoiceAddress_name' }, event),
      ...addressFields(invoice),
      createField({ name: 'invoiceAddress_vatId', label: 'VAT number', place: 'Invoice' }, values),
    ],
    positions: rows.map((row, index) => {
      const title = `Position ${index + 1}`
      const line = lineForm(row, { ...context, title, withVoucher: true })
      const attendee = hasAttendees(offer)
        ? createAttendeeForm({ ...context, prefix: row.prefix, place: title, questions: offer.questions })
        : null
      const product = offer.products.find(({ key }) => key === line.product.value)
      const isFilled = attendee && attendeeFormFields(attendee).some(({ value }) => value !== '')
      return {
        ...line,
        attendee,
        isAttendeeOpen: isFilled || (product?.isAdmission ?? true),
        nextAddonKey: nextKey(row.addons),
        addons: row.addons.map((addon, addonIndex) =>
          lineForm(addon, { ...context, title: `${title}, add-on ${addonIndex + 1}`, withVoucher: false }),
        ),
      }
    }),
    nextKey: nextKey(rows),
    needsApproval: createField(
      {
        name: 'requiresApproval',
        label: 'Somebody has to approve this order before it can be paid',
        kind: 'checkbox',
        width: 'full',
      },
      values,
    ),
  }
}

// Goods are not for a person, and where nothing is asked there is nothing to fill in.
function hasAttendees({ products, questions }: EventOffer): boolean {
  return questions.length > 0 || products.some(({ isAdmission }) => isAdmission)
}

function lineForm(
  { key, prefix }: { key: number; prefix: string },
  { offer, format, values, title, withVoucher }: PlaceOrderContext & { title: string; withVoucher: boolean },
): LineForm {
  const make = (description: Parameters<typeof createField>[0]) => createField({ ...description, place: title }, values)
  const subEvents = [
    { key: '', label: 'None' },
    ...offer.subEvents.map(({ slug, name, dateFrom }) => ({
      key: slug,
      label: `${name}, ${format.dateTime(dateFrom).text}`,
    })),
  ]
  return {
    key,
    prefix,
    title,
    product: make({
      name: `${prefix}_item`,
      label: 'Item',
      kind: 'select',
      groups: productGroups(offer.products, format),
      width: 'full',
    }),
    details: [
      ...(offer.subEvents.length > 0
        ? [make({ name: `${prefix}_subEvent`, label: 'Date', kind: 'select', options: subEvents })]
        : []),
      make({ name: `${prefix}_quantity`, label: 'Quantity', kind: 'number', width: 'quarter' }),
      ...(withVoucher ? [make({ name: `${prefix}_voucher`, label: 'Voucher code', width: 'quarter' })] : []),
    ],
  }
}

function productGroups(products: readonly OfferedProduct[], format: EventFormat): FieldOptionGroup[] {
  const groups = Map.groupBy(products, ({ category }) => category)
  return [
    { label: '', options: [{ key: '', label: 'Choose an item' }] },
    ...[...groups].map(([label, grouped]) => ({
      label,
      options: grouped.map((product) => ({
        key: product.key,
        label: `${product.label} (${format.money(product.unitPrice)})`,
      })),
    })),
  ]
}

export function placeOrderFields({ contact, invoice, positions, needsApproval }: PlaceOrderForm): FormField[] {
  return [
    ...positions.flatMap(({ product, details, attendee, addons }) => [
      product,
      ...details,
      ...(attendee ? attendeeFormFields(attendee) : []),
      ...addons.flatMap((addon) => [addon.product, ...addon.details]),
    ]),
    ...contact,
    ...invoice,
    needsApproval,
  ]
}

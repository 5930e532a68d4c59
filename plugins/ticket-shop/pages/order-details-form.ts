// The form of what an order says about its buyer: contact and invoice address. Only what was changed is handed on, because
// the signal names what changed.
import { z } from '../../../core/sdk/index.ts'
import type { Event } from '../entities/event.entity.ts'
import type { InvoiceAddress } from '../entities/invoice-address.entity.ts'
import type { Order } from '../entities/order.entity.ts'
import type { NameInput } from '../name-scheme.ts'
import { emailSchema, type InvoiceAddressInput, invoiceAddressSchema } from '../order-input.ts'
import {
  addressColumnNames,
  addressFields,
  addressPreset,
  nameFields,
  namePreset,
  readAddress,
  readName,
} from './address-fields.ts'
import { hasChanged } from './changed-fields.ts'
import { createField, type FormField, type FormValues } from './form-field.ts'
import { addSchemaProblems, type FormProblems } from './form-problems.ts'
import { localeOptions } from './locale-options.ts'

export interface OrderDetailsForm {
  contact: readonly FormField[]
  invoice: readonly FormField[]
}

const detailsSchema = z.object({
  email: emailSchema.nullable().optional(),
  phone: z.string().max(100).nullable().optional(),
  locale: z.string().optional(),
  invoiceAddress: invoiceAddressSchema.nullable().optional(),
})
export type OrderDetails = z.input<typeof detailsSchema>

export function createOrderDetailsForm(event: Event, values: FormValues): OrderDetailsForm {
  const invoice = { prefix: 'invoiceAddress', place: 'Invoice', values }
  return {
    contact: [
      createField({ name: 'email', label: 'E-mail', kind: 'email' }, values),
      createField({ name: 'phone', label: 'Phone', kind: 'tel' }, values),
      ...(event.locales.length > 1
        ? [createField({ name: 'locale', label: 'Language', kind: 'select', options: localeOptions(event) }, values)]
        : []),
    ],
    invoice: [
      ...nameFields({ ...invoice, prefix: 'invoiceAddress_name' }, event),
      ...addressFields(invoice),
      createField({ name: 'invoiceAddress_vatId', label: 'VAT number', place: 'Invoice' }, values),
    ],
  }
}

export function orderDetailsPreset(
  event: Event,
  { order, invoiceAddress }: { order: Order; invoiceAddress: InvoiceAddress | null },
): Record<string, string> {
  return {
    email: order.email ?? '',
    phone: order.phone ?? '',
    locale: order.locale,
    ...namePreset('invoiceAddress_name', invoiceAddress?.nameParts ?? null, event),
    ...addressPreset('invoiceAddress', (column) => invoiceAddress?.[column] ?? ''),
    invoiceAddress_vatId: invoiceAddress?.vatId ?? '',
  }
}

/** What was changed; empty when nothing was, null when something is wrong. */
export function readOrderDetails(
  form: OrderDetailsForm,
  {
    event,
    values,
    preset,
    invoiceAddress,
    problems,
  }: {
    event: Event
    values: FormValues
    /** The values of what is stored. */
    preset: FormValues
    invoiceAddress: InvoiceAddress | null
    problems: FormProblems
  },
): OrderDetails | null {
  const fields = [...form.contact, ...form.invoice]
  const changed = hasChanged(fields, preset)
  const details: OrderDetails = {
    email: changed(['email']) ? values.text('email') || null : undefined,
    phone: changed(['phone']) ? values.text('phone') || null : undefined,
    locale: changed(['locale']) ? values.text('locale') : undefined,
    invoiceAddress: changed(form.invoice.map(({ name }) => name))
      ? readInvoiceAddress({ event, values, invoiceAddress, changed })
      : undefined,
  }
  const parsed = detailsSchema.safeParse(details)
  if (!parsed.success) {
    const fieldOf = (path: readonly PropertyKey[]) =>
      fields.find(({ name }) => name === path.map(String).join('_')) ?? null
    addSchemaProblems(parsed.error, { problems, fieldOf })
    return null
  }
  return Object.fromEntries(Object.entries(details).filter(([, value]) => value !== undefined))
}

// The address is replaced as a whole, so what was not touched has to be told again as it is stored.
function readInvoiceAddress({
  event,
  values,
  invoiceAddress,
  changed,
}: {
  event: Event
  values: FormValues
  invoiceAddress: InvoiceAddress | null
  changed(names: readonly string[]): boolean
}): InvoiceAddressInput | null {
  const prefix = 'invoiceAddress'
  const typed = readName({ prefix: `${prefix}_name`, values }, event)
  const nameFieldNames = nameFields({ prefix: `${prefix}_name`, place: '', values }, event).map(({ name }) => name)
  const name = changed(nameFieldNames) ? typed : (storedName(invoiceAddress, event) ?? typed)
  const address = readAddress({ prefix, values }, event)
  for (const column of addressColumnNames) {
    if (!changed([`${prefix}_${column}`])) address[column] = invoiceAddress?.[column] ?? null
  }
  const columns = { name, ...address, vatId: values.text(`${prefix}_vatId`) || null }
  if (Object.values(columns).every((value) => value === null)) return null
  const isBusiness = changed([`${prefix}_company`]) ? undefined : invoiceAddress?.isBusiness
  return { ...columns, isBusiness }
}

// As an order action takes it; null where it was asked for under another scheme and only its parts as shown can be told.
function storedName(address: InvoiceAddress | null, { nameScheme }: Event): NameInput | null {
  const parts = address?.nameParts
  if (!parts) return null
  if (parts.scheme === 'full') return parts.full_name ?? null
  if (parts.scheme !== nameScheme) return null
  const { scheme: _scheme, ...name } = parts
  return name
}

// Whom the order is billed to. An order without an invoice address has no values here.
import { createFieldMaker, type SourceField } from '../../../core/sdk/index.ts'
import { fullName, type NameSchemeKey } from '../name-scheme.ts'
import { fieldCategories } from './field-categories.ts'
import type { LoadedAddress, LoadedOrder } from './loaded-order.ts'
import { namePartFields } from './name-fields.ts'

const invoiced = createFieldMaker<LoadedOrder>('order', fieldCategories.invoiceAddress)

export function invoiceAddressFields(schemes: readonly NameSchemeKey[]): SourceField[] {
  return [
    invoiced({
      key: 'invoice_address_is_business',
      label: 'Invoice address is a business',
      type: 'boolean',
      read: ({ invoiceAddress }) => invoiceAddress?.isBusiness ?? null,
    }),
    addressField('company', 'Invoice address company'),
    invoiced({
      key: 'invoice_address_name',
      label: 'Invoice address name',
      read: ({ invoiceAddress }) => fullName(invoiceAddress?.nameParts ?? null),
    }),
    ...namePartFields({
      keyPrefix: 'invoice_address_name',
      labelPrefix: 'Invoice address',
      schemes,
      make: invoiced,
      readName: ({ invoiceAddress }) => invoiceAddress?.nameParts ?? null,
    }),
    addressField('street', 'Invoice address street'),
    addressField('zipcode', 'Invoice address postal code'),
    addressField('city', 'Invoice address city'),
    addressField('state', 'Invoice address state'),
    addressField('country', 'Invoice address country'),
    invoiced({
      key: 'invoice_address_vat_id',
      label: 'Invoice address VAT id',
      read: ({ invoiceAddress }) => invoiceAddress?.vatId ?? null,
    }),
  ]
}

function addressField(column: keyof LoadedAddress, label: string): SourceField {
  return invoiced({
    key: `invoice_address_${column}`,
    label,
    type: column === 'country' ? 'country' : 'text',
    read: ({ invoiceAddress }) => invoiceAddress?.[column] ?? null,
  })
}

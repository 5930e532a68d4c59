// What the Demo CRM holds: one declaration for the provider's pickers, the server's checks and the pages.
import type { ExternalField, ExternalObjectType } from '../../core/sdk/index.ts'

export interface CrmField extends ExternalField {
  /** The type of the objects whose ids this list holds. */
  associatedType?: string
}

export interface CrmObjectType extends ExternalObjectType {
  labelPlural: string
  /** One line for the overview page. */
  summary: string
  fields: readonly CrmField[]
  /** The field that names an object to a person; the identifying value where it is empty. */
  titleField: string | null
  /** Columns of the list page, beside the title. */
  listFields: readonly string[]
}

const addressFields: readonly CrmField[] = [
  { key: 'street', label: 'Street', type: 'text' },
  { key: 'postal_code', label: 'Postal code', type: 'text' },
  { key: 'city', label: 'City', type: 'text' },
  { key: 'country', label: 'Country', type: 'text' },
]

const saleStates = [
  { key: 'pending', label: 'Pending' },
  { key: 'paid', label: 'Paid' },
  { key: 'expired', label: 'Expired' },
  { key: 'canceled', label: 'Canceled' },
  { key: 'removed', label: 'Removed' },
] as const

export const crmObjectTypes: readonly CrmObjectType[] = [
  {
    name: 'contact',
    label: 'Contact',
    labelPlural: 'Contacts',
    summary: 'People, found by their e-mail address',
    idFields: ['email', 'customer_number'],
    titleField: 'name',
    listFields: ['email', 'company', 'city'],
    allowsOtherFields: true,
    fields: [
      { key: 'email', label: 'E-mail', type: 'email' },
      { key: 'name', label: 'Name', type: 'text' },
      { key: 'first_name', label: 'First name', type: 'text' },
      { key: 'last_name', label: 'Last name', type: 'text' },
      { key: 'company', label: 'Company', type: 'text' },
      ...addressFields,
      { key: 'phone', label: 'Phone', type: 'text' },
      { key: 'job_title', label: 'Job title', type: 'text' },
      { key: 'language', label: 'Language', type: 'text' },
      { key: 'customer_number', label: 'Customer number', type: 'text' },
    ],
  },
  {
    name: 'company',
    label: 'Company',
    labelPlural: 'Companies',
    summary: 'Organisations, found by their name',
    idFields: ['name'],
    titleField: 'name',
    listFields: ['city', 'country'],
    allowsOtherFields: true,
    fields: [{ key: 'name', label: 'Name', type: 'text' }, ...addressFields],
  },
  {
    name: 'deal',
    label: 'Deal',
    labelPlural: 'Deals',
    summary: 'Orders, with their tickets and their contact',
    idFields: ['order_number'],
    titleField: null,
    listFields: ['company', 'email', 'status', 'total'],
    allowsOtherFields: true,
    fields: [
      { key: 'order_number', label: 'Order number', type: 'text' },
      { key: 'order_code', label: 'Order code', type: 'text' },
      { key: 'status', label: 'Status', type: 'choice', options: saleStates },
      { key: 'total', label: 'Total', type: 'decimal' },
      { key: 'email', label: 'E-mail', type: 'email' },
      { key: 'company', label: 'Company', type: 'text' },
      { key: 'contact_name', label: 'Contact name', type: 'text' },
      ...addressFields,
      { key: 'ordered_at', label: 'Ordered at', type: 'datetime' },
      { key: 'paid_at', label: 'Paid at', type: 'datetime' },
      { key: 'language', label: 'Language', type: 'text' },
      { key: 'order_url', label: 'Order page', type: 'url' },
      { key: 'contacts', label: 'Contact', type: 'list', associatedType: 'contact' },
      { key: 'tickets', label: 'Tickets', type: 'list', associatedType: 'ticket' },
    ],
  },
  {
    name: 'ticket',
    label: 'Ticket',
    labelPlural: 'Tickets',
    summary: 'The positions of orders, one each',
    idFields: ['position_id'],
    titleField: 'ticket_number',
    listFields: ['product', 'attendee_name', 'status', 'price'],
    allowsOtherFields: true,
    fields: [
      { key: 'ticket_number', label: 'Ticket number', type: 'text' },
      { key: 'status', label: 'Status', type: 'choice', options: saleStates },
      { key: 'product', label: 'Product', type: 'text' },
      { key: 'quantity', label: 'Quantity', type: 'integer' },
      { key: 'price', label: 'Price', type: 'decimal' },
      { key: 'attendee_name', label: 'Attendee', type: 'text' },
      { key: 'attendee_email', label: 'Attendee e-mail', type: 'email' },
      { key: 'order_number', label: 'Order number', type: 'text' },
      { key: 'position_id', label: 'Position id', type: 'text' },
    ],
  },
  {
    name: 'product',
    label: 'Product',
    labelPlural: 'Products',
    summary: 'What is sold',
    idFields: ['product_id'],
    titleField: 'name',
    listFields: ['product_number', 'category', 'price', 'is_active'],
    allowsOtherFields: true,
    fields: [
      { key: 'product_number', label: 'Product number', type: 'text' },
      { key: 'name', label: 'Name', type: 'text' },
      { key: 'description', label: 'Description', type: 'text' },
      { key: 'category', label: 'Category', type: 'text' },
      { key: 'price', label: 'Price', type: 'decimal' },
      { key: 'is_active', label: 'On sale', type: 'boolean' },
      { key: 'units_in_stock', label: 'In stock', type: 'integer' },
      { key: 'product_id', label: 'Product id', type: 'text' },
    ],
  },
  {
    name: 'category',
    label: 'Category',
    labelPlural: 'Categories',
    summary: 'Groups of products',
    idFields: ['category_id'],
    titleField: 'name',
    listFields: ['category_number', 'description'],
    fields: [
      { key: 'category_number', label: 'Category number', type: 'text' },
      { key: 'name', label: 'Name', type: 'text' },
      { key: 'description', label: 'Description', type: 'text' },
      { key: 'category_id', label: 'Category id', type: 'text' },
    ],
  },
]

export function findObjectType(name: string): CrmObjectType | undefined {
  return crmObjectTypes.find((type) => type.name === name)
}

/** What a person calls an object; at most 255 characters. */
export function titleOf(
  typeName: string,
  { idValue, properties }: { idValue: string; properties: Readonly<Record<string, unknown>> },
): string {
  const type = findObjectType(typeName)
  const text = ownTitle(type, properties) ?? `${type?.label ?? typeName} ${idValue}`
  return text.length > 255 ? `${text.slice(0, 254)}…` : text
}

/** Its name among others of its type. */
export function shortTitleOf(
  type: CrmObjectType,
  { idValue, properties }: { idValue: string; properties: Readonly<Record<string, unknown>> },
): string {
  return ownTitle(type, properties) ?? idValue
}

function ownTitle(type: CrmObjectType | undefined, properties: Readonly<Record<string, unknown>>): string | null {
  const title = type?.titleField ? properties[type.titleField] : null
  return typeof title === 'string' && title.trim() !== '' ? title : null
}

// The two example providers that every version must be able to run: orders alone, and tickets with orders that are linked
// to them. They bring mappings of their own and talk to a remote system in memory; a test gives each its own.
import {
  assignProperties,
  mappingDocumentSchema,
  type ObjectMapping,
  OutboundSyncProvider,
  type PropertyValue,
  type SyncObjectArgs,
  type SyncObjectResult,
} from '../../core/sdk/index.ts'
import { FakeApiClient } from './fake-api-client.ts'

const stateMap = { n: 'pending', p: 'paid', e: 'expired', c: 'canceled' }
const orderIdentity = {
  externalObjectType: 'orders',
  sourceIdField: 'event_order_code',
  externalIdField: 'order_number',
}

/** One mapping: an order becomes one object. */
export class SimpleOrderSync extends OutboundSyncProvider {
  static override readonly identifier: string = 'simple_order_sync'
  static override readonly displayName: string = 'Simple order sync'
  static api = new FakeApiClient()

  static readonly ownMappings: readonly ObjectMapping[] = mappingDocumentSchema.parse([
    {
      key: 'orders',
      sourceModel: 'Order',
      ...orderIdentity,
      propertyMappings: [
        { externalField: 'email', source: { field: 'email' } },
        { externalField: 'status', source: { field: 'order_status' }, valueMap: stateMap },
        { externalField: 'total', source: { field: 'order_total' } },
        { externalField: 'payment_date', source: { field: 'payment_date' } },
      ],
    },
  ])

  override get mappings(): readonly ObjectMapping[] {
    return SimpleOrderSync.ownMappings
  }

  override async syncObjectWithProperties(args: SyncObjectArgs): Promise<SyncObjectResult> {
    return createOrUpdate(SimpleOrderSync.api, args, {})
  }
}

/** Positions become tickets first; the order then names their objects in `links`. */
export class OrderAndTicketAssociationSync extends OutboundSyncProvider {
  static override readonly identifier: string = 'order_and_ticket_association_sync'
  static override readonly displayName: string = 'Order and ticket association sync'
  static api = new FakeApiClient()

  static readonly ownMappings: readonly ObjectMapping[] = mappingDocumentSchema.parse([
    {
      key: 'tickets',
      sourceModel: 'OrderPosition',
      externalObjectType: 'tickets',
      sourceIdField: 'ticket_id',
      externalIdField: 'ticket_number',
      propertyMappings: [
        { externalField: 'price', source: { field: 'ticket_price' } },
        { externalField: 'given_name', source: { field: 'attendee_name_given_name' } },
        { externalField: 'family_name', source: { field: 'attendee_name_family_name' } },
        { externalField: 'status', source: { field: 'order_status' }, valueMap: stateMap },
        { externalField: 'favourite_colour', source: { field: 'question_COLOUR' } },
        { externalField: 'meal', source: { field: 'question_MEAL' }, valueMap: { M1: 'VEGETARIAN', M2: 'VEGAN' } },
      ],
    },
    {
      key: 'orders',
      sourceModel: 'Order',
      ...orderIdentity,
      propertyMappings: [
        { externalField: 'email', source: { field: 'email' } },
        { externalField: 'given_name', source: { field: 'invoice_address_name_given_name' } },
        { externalField: 'family_name', source: { field: 'invoice_address_name_family_name' } },
        { externalField: 'status', source: { field: 'order_status' }, valueMap: stateMap },
      ],
    },
  ])
  /** For a mapping, the mappings before it whose objects it links to. */
  static readonly associations: Readonly<Record<string, readonly string[]>> = { orders: ['tickets'] }

  override get mappings(): readonly ObjectMapping[] {
    return OrderAndTicketAssociationSync.ownMappings
  }

  override async syncObjectWithProperties(args: SyncObjectArgs): Promise<SyncObjectResult> {
    const { api, associations } = OrderAndTicketAssociationSync
    const links = (associations[args.mapping.key] ?? [])
      .flatMap((key) => args.mappedObjects[key] ?? [])
      // A ticket that was declined has no object to link to.
      .filter((object) => object !== null)
      .map((object) => `link:${object.externalObjectType}:${object.remoteId}`)
    return createOrUpdate(api, args, { links })
  }
}

function createOrUpdate(
  api: FakeApiClient,
  { mapping, externalIdField, idValue, properties }: SyncObjectArgs,
  extra: Readonly<Record<string, PropertyValue>>,
): SyncObjectResult {
  const table = mapping.externalObjectType
  const existing = api.retrieveObject(table, externalIdField, idValue)
  const values = {
    ...assignProperties(properties, existing ?? {}, { isNew: existing === null, listSeparator: ';' }),
    ...extra,
  }
  const isChanged = Object.entries(values).some(
    ([field, value]) => JSON.stringify(existing?.[field]) !== JSON.stringify(value),
  )
  const record =
    existing && !isChanged
      ? existing
      : api.createOrUpdateObject(table, { ...values, [externalIdField]: idValue, _id: existing?._id ?? null })
  return {
    action: existing === null ? 'created' : isChanged ? 'updated' : 'nothing_to_do',
    remoteId: String(record._id),
    externalLinkHref: `https://external-system.example/${table}/${record._id}/`,
    externalLinkDisplayName: `${table} ${idValue}`,
    record,
  }
}

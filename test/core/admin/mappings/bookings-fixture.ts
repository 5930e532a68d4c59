// A host of bookings with seats and a desk that takes them, for the pages of mapping tests: records with names, with very
// many seats, with hostile texts, of a foreign scope and one that cannot be read.
import {
  definePlugin,
  type FieldOption,
  type ObjectMappingInput,
  OutboundSyncProvider,
  type Permission,
  type Plugin,
  type SourceField,
  type SourceModel,
  type SourceRecord,
  type SourceType,
  type SourceValue,
  type User,
} from '../../../../core/sdk/index.ts'
import { type AdminFixture, createAdminFixture } from '../admin-fixture.ts'
import { type Browse, createBrowse } from '../browse.ts'

const eventScope = 'organizer:acme/event:conf26'

interface Booking {
  id: string
  scope: string
  values: Readonly<Record<string, SourceValue>>
  seats: readonly Readonly<Record<string, SourceValue>>[]
}

const ada = { code: 'B1001', email: 'ada@acme.example', guest: 'Ada Lovelace', status: ['paid'], total: '12.50' }
const seat = (number: number, holder = 'Grace Hopper') => ({ number: `S${number}`, holder, price: '5.00' })

/** Texts that mean something to some part of the way. */
export const hostileTexts: readonly string[] = [
  ...['<script>alert(1)</script>', '"><img src=x onerror=alert(1)>', '<%= 1 %>', '#{7*7}', '{{7*7}}', '&lt;b&gt;'],
  ...["'; drop table mapping_test; --", '" or 1=1', '\\', '\\u0000', '%00', '\0', 'a\0b', '\ud800', 'x\udfffy'],
  ...[
    '__proto__',
    'constructor',
    'prototype',
    'toString',
    'hasOwnProperty',
    '{"__proto__":{"x":1}}',
    '[object Object]',
  ],
  ...['../../etc/passwd', 'C:\\x', 'file:///x', 'javascript:alert(1)', 'data:text/html,x', '//evil.example'],
  ...['\r\nSet-Cookie: x=1', '\u202egpj.exe', '\ufeff', '\u200b', '\u2028', 'é', 'e\u0301', '👩‍👩‍👧‍👦', '王', '١٢٣'],
  ...['NaN', 'Infinity', '-0', '1e999', 'null', 'undefined', 'x'.repeat(10_000)],
]

const bookings: readonly Booking[] = [
  { id: '1', scope: eventScope, values: ada, seats: [seat(1), seat(2, 'Alan Turing')] },
  {
    id: '2',
    scope: eventScope,
    values: { ...ada, code: 'B1002' },
    seats: Array.from({ length: 500 }, (_, index) => seat(index + 1)),
  },
  { id: '3', scope: 'organizer:rival/event:fair26', values: { ...ada, code: 'B1003' }, seats: [] },
  ...hostileTexts.map((text, index) => ({
    id: `h${index}`,
    scope: eventScope,
    values: { ...ada, code: `H${index}`, guest: text, note: text },
    seats: [seat(1, text)],
  })),
]

const category = { label: 'Booking', sortIndex: 1 }

function field(key: string, label: string, input: 'booking' | 'seat', type: SourceType = 'text'): SourceField {
  const options: readonly FieldOption[] = [
    { key: 'paid', label: 'Paid' },
    { key: 'open', label: 'Open' },
  ]
  return {
    ...{ key, label, category, type },
    ...(type === 'choice' ? { options } : {}),
    requiredInput: input,
    getter: (inputs) => Reflect.get(Object(inputs[input]), key) ?? null,
  }
}

const bookingFields = [
  field('code', 'Code', 'booking'),
  field('email', 'E-mail', 'booking', 'email'),
  field('guest', 'Guest', 'booking'),
  field('note', 'Note', 'booking', 'multiline'),
  field('status', 'Status', 'booking', 'choice'),
  field('total', 'Total', 'booking', 'decimal'),
]
const seatFields = [
  field('number', 'Number', 'seat'),
  field('holder', 'Holder', 'seat'),
  field('price', 'Price', 'seat', 'decimal'),
]

const isWithin = (scope: string, outer: string): boolean =>
  outer === '' || scope === outer || scope.startsWith(`${outer}/`)

const bookingModel: SourceModel = {
  name: 'Booking',
  label: 'Booking',
  labelPlural: 'Bookings',
  inputs: ['booking'],
  nested: { Seat: { label: 'Seat', inputs: ['seat', 'booking'] } },
  filters: [{ key: 'code', label: 'Code', type: 'text' }],
  fields: async (model) => (model === 'Booking' ? bookingFields : seatFields),
  async load(ids, { scope, unreadable }) {
    if (ids.includes('unreadable')) unreadable?.('unreadable', new Error('The booking is locked.'))
    return bookings.filter((one) => ids.includes(one.id) && isWithin(one.scope, scope)).map(recordOf)
  },
  page: async (_after, { code }, { scope, limit }) => ({
    records: bookings
      .filter((one) => isWithin(one.scope, scope) && (!code || String(one.values.code).startsWith(code)))
      .slice(0, limit)
      .map(({ id, scope: own }) => ({ id, scope: own })),
    next: null,
  }),
  count: async () => bookings.length,
}

function recordOf({ id, scope, values, seats }: Booking): SourceRecord {
  return {
    id,
    scope,
    label: String(values.code),
    inputs: { booking: values },
    nested: {
      Seat: seats.map((one, index) => ({
        id: String(index),
        label: `Seat ${one.number}`,
        inputs: { booking: values, seat: one },
      })),
    },
  }
}

class Desk extends OutboundSyncProvider {
  static override readonly identifier = 'desk'
  static override readonly version: string = '1.0.0'
  static override readonly displayName = 'Example Desk'
  static override readonly externalObjectTypes = objectTypes('decimal', 200)

  async syncObjectWithProperties(): Promise<null> {
    return null
  }
}

/** Takes whole amounts only. */
class Desk2 extends Desk {
  static override readonly version: string = '2.0.0'
  static override readonly externalObjectTypes = objectTypes('integer', 200)
}

/** Of a later version of the plugin: takes shorter names. */
class StricterDesk extends Desk {
  static override readonly externalObjectTypes = objectTypes('decimal', 5)
}

function objectTypes(total: 'decimal' | 'integer', maxLength: number) {
  return [
    {
      name: 'ticket',
      label: 'Ticket',
      idFields: ['code'],
      fields: [
        { key: 'code', label: 'Code', type: 'text' as const },
        { key: 'guest', label: 'Guest', type: 'text' as const, maxLength },
        { key: 'total', label: 'Total', type: total },
        { key: 'seats', label: 'Seats', type: 'object_list' as const },
      ],
    },
  ]
}

export function bookingsPlugin({ version = '1.1.0', isStricter = false } = {}): Plugin {
  return definePlugin({
    name: 'bookings',
    displayName: 'Bookings',
    version,
    compatibility: '*',
    level: 'event',
    providers: [isStricter ? StricterDesk : Desk, Desk2],
    setup: () => ({ sourceModels: [bookingModel] }),
  })
}

const property = (externalField: string, field: string) => ({ externalField, source: { field } })

export const bookingMapping = [
  {
    key: 'tickets',
    sourceModel: 'Booking',
    externalObjectType: 'ticket',
    sourceIdField: 'code',
    externalIdField: 'code',
    when: { field: 'status', oneOf: ['paid'] },
    propertyMappings: [
      property('guest', 'guest'),
      property('total', 'total'),
      {
        externalField: 'seats',
        each: { nestedModel: 'Seat', propertyMappings: [property('holder', 'holder'), property('price', 'price')] },
      },
    ],
  },
] satisfies ObjectMappingInput[]

const allowed = (id: string, outer: string, permissions: readonly Permission[]): User => ({
  id,
  name: id,
  can: (permission, scope) => permissions.includes(permission) && isWithin(scope, outer),
})
const users: Record<string, User> = {
  all: allowed('all', '', ['view', 'operate', 'configure', 'administer', 'see_payloads']),
  organizer: allowed('organizer', 'organizer:acme', ['view', 'operate', 'configure']),
  operator: allowed('operator', 'organizer:acme', ['view', 'operate']),
  rival: allowed('rival', 'organizer:rival', ['view', 'operate', 'configure']),
  // May change the connection, and see nothing of the event.
  blind: {
    id: 'blind',
    name: 'blind',
    can: (permission, scope) => ['view', 'configure'].includes(permission) && scope === 'organizer:acme',
  },
}

export interface BookingsFixture extends AdminFixture {
  as(name: string): Pick<Browse, 'get' | 'post'>
  /** On version 1.0.0 of the desk, at the organizer, with the mapping in force. */
  connection(name: string): Promise<string>
  /** The mapping above, as version 1. */
  publish(connectionId: string): Promise<void>
}

export async function createBookingsFixture(): Promise<BookingsFixture> {
  const fixture = await createAdminFixture({ identify, plugins: [bookingsPlugin()] })
  return {
    ...fixture,
    as: (name) => browseAs(fixture, name),
    async connection(name) {
      const id = await fixture.addConnection({ provider: 'desk', providerVersion: '1.0.0', name })
      await publishMapping(fixture, id)
      return id
    },
    publish: (id) => publishMapping(fixture, id),
  }
}

export async function publishMapping({ sql }: Pick<AdminFixture, 'sql'>, connectionId: string): Promise<void> {
  await sql(
    `insert into outbound_sync.mapping_version (connection_id, version, document, author, published_at)
     values ($1, 1, $2, 'Ann', now())`,
    [connectionId, JSON.stringify(bookingMapping)],
  )
}

export const identify = (request: { headers: Readonly<Record<string, unknown>> }): User | null =>
  users[String(request.headers['x-test-user'])] ?? null

export function browseAs(fixture: AdminFixture, name: string): Pick<Browse, 'get' | 'post'> {
  const browser = createBrowse(fixture)
  const headers = { 'x-test-user': name, 'sec-fetch-site': 'same-origin' }
  return {
    get: (path) => browser.get(path, headers),
    post: (path, fields) => browser.post(path, fields, headers),
  }
}

// The conference of shop-orders.ts as pretix would show it over its API: the same event, and the same order with everything.
import type { PretixEvent, PretixOrder } from './pretix-server.ts'

const inEnglish = (text: string) => ({ en: text })
const noAddress = { company: null, street: null, zipcode: null, city: null, state: null, country: null }

const option = (id: number, identifier: string, answer: string) => ({
  id,
  identifier,
  position: id,
  answer: inEnglish(answer),
})
const question = (
  id: number,
  identifier: string,
  type: string,
  text: string,
  options: readonly ReturnType<typeof option>[] = [],
) => ({
  id,
  identifier,
  type,
  question: inEnglish(text),
  required: false,
  items: [1],
  position: id,
  ask_during_checkin: false,
  hidden: false,
  options,
})

export const conferenceEvent: PretixEvent = {
  event: {
    name: { de: 'Acme-Konferenz 2026', en: 'Acme Conference 2026' },
    slug: 'conf26',
    live: true,
    testmode: false,
    currency: 'EUR',
    timezone: 'Europe/Berlin',
    date_from: '2026-09-17T09:00:00+02:00',
    date_to: '2026-09-18T18:00:00+02:00',
    has_subevents: true,
    public_url: 'https://tickets.acme.example/conf26/',
  },
  categories: [
    { id: 1, name: inEnglish('Tickets'), position: 0, is_addon: false },
    { id: 2, name: inEnglish('Workshops'), position: 1, is_addon: false },
    { id: 3, name: inEnglish('Extras'), position: 2, is_addon: true },
  ],
  items: [
    {
      id: 1,
      name: { de: 'Konferenzticket', en: 'Conference ticket' },
      category: 1,
      admission: true,
      default_price: '349.00',
      has_variations: true,
      variations: [
        { id: 11, value: inEnglish('Early bird'), price: '279.00' },
        { id: 12, value: inEnglish('Regular'), price: '349.00' },
      ],
    },
    { id: 2, name: inEnglish('Workshop seat'), category: 2, admission: true, has_variations: false, variations: [] },
    {
      id: 3,
      name: inEnglish('T-shirt'),
      category: 3,
      admission: false,
      has_variations: true,
      variations: [{ id: 31, value: inEnglish('M'), price: '19.90' }],
    },
  ],
  questions: [
    question(1, 'badge', 'S', 'What should your badge say under your name?'),
    question(2, 'needs', 'T', 'Is there anything we should know?'),
    question(3, 'years', 'N', 'For how many years have you been programming?'),
    question(4, 'newsletter', 'B', 'May we send you our newsletter?'),
    question(5, 'diet', 'C', 'What do you eat?', [
      option(1, 'all', 'Everything'),
      option(2, 'vegetarian', 'Vegetarian'),
      option(3, 'vegan', 'Vegan'),
    ]),
    question(6, 'topics', 'M', 'Which topics interest you?', [
      option(4, 'databases', 'Databases'),
      option(5, 'frontend', 'Front end'),
      option(6, 'security', 'Security'),
    ]),
    question(7, 'birthday', 'D', 'When were you born?'),
    question(8, 'arrival-time', 'H', 'At what time will you be here?'),
    question(9, 'flight', 'W', 'When does your flight land?'),
    question(10, 'nationality', 'CC', 'Which passport do you travel with?'),
    question(11, 'mobile', 'TEL', 'How do we reach you on the day?'),
    question(12, 'student-card', 'F', 'A picture of your student card'),
  ],
  checkinlists: [
    { id: 1, name: 'Main entrance', all_products: true, limit_products: [], subevent: null },
    { id: 2, name: 'TypeScript workshop', all_products: true, limit_products: [], subevent: 7 },
    { id: 3, name: 'PostgreSQL workshop', all_products: true, limit_products: [], subevent: 8 },
  ],
  subevents: [
    {
      id: 7,
      name: inEnglish('Workshop: TypeScript without a build'),
      event: 'conf26',
      active: true,
      date_from: '2026-09-16T10:00:00+02:00',
      date_to: '2026-09-16T13:00:00+02:00',
    },
  ],
  vouchers: [{ id: 99, code: 'FRIENDS26', max_usages: 3, redeemed: 1 }],
}

const answer = (identifier: string, text: string, options: readonly string[] = []) => ({
  question: 1,
  question_identifier: identifier,
  answer: text,
  options: [],
  option_identifiers: options,
})

const checkIn = (id: number, type: string, datetime: string) => ({
  id,
  list: 1,
  type,
  datetime,
  gate: null,
  device: null,
  auto_checked_in: false,
})

const position = (positionid: number, given: Record<string, unknown>) => ({
  ...noAddress,
  id: 23_440 + positionid,
  order: 'ABC37',
  positionid,
  canceled: false,
  variation: null,
  attendee_name: null,
  attendee_name_parts: {},
  attendee_email: null,
  voucher: null,
  tax_rate: '0.00',
  tax_value: '0.00',
  secret: `secret-${positionid}`,
  addon_to: null,
  subevent: null,
  pseudonymization_id: `PSEUDO${positionid}`,
  seat: null,
  checkins: [],
  answers: [],
  downloads: [],
  ...given,
})

/** The twin of placeConferenceOrder in shop-orders.ts. */
export const conferenceOrder: PretixOrder = {
  code: 'ABC37',
  status: 'p',
  testmode: false,
  secret: 'k24fiuwvu8kxz3y1',
  url: 'https://tickets.acme.example/conf26/order/ABC37/k24fiuwvu8kxz3y1/',
  email: 'jürgen@bücher.example',
  phone: '+49 30 1234',
  customer: null,
  locale: 'de',
  sales_channel: 'web',
  datetime: '2026-03-01T09:00:00.123456Z',
  expires: '2026-03-15T09:00:00Z',
  last_modified: '2026-03-29T02:30:00Z',
  total: '138.80',
  comment: '',
  require_approval: false,
  fees: [],
  invoice_address: {
    last_modified: '2026-03-01T09:00:00Z',
    is_business: true,
    company: 'Bücher & Söhne',
    name: 'Jürgen Müller',
    name_parts: { _scheme: 'given_family', given_name: 'Jürgen', family_name: 'Müller' },
    street: 'Am Markt 1',
    zipcode: '10115',
    city: 'Berlin',
    country: 'DE',
    state: '',
    internal_reference: '',
    vat_id: 'DE123456789',
    vat_id_validated: false,
  },
  payments: [
    { local_id: 1, state: 'canceled', amount: '138.80', payment_date: '2026-04-01T00:00:00Z', provider: 'paypal' },
    {
      local_id: 2,
      state: 'confirmed',
      amount: '138.80',
      payment_date: '2026-03-29T02:30:00Z',
      provider: 'banktransfer',
    },
  ],
  refunds: [],
  positions: [
    position(1, {
      item: 1,
      variation: 11,
      price: '99.00',
      voucher: 99,
      attendee_name: 'Ada King Lovelace',
      attendee_name_parts: { _scheme: 'given_family', given_name: 'Ada', family_name: 'King Lovelace' },
      attendee_email: 'ada@ÉCOLE.example',
      company: 'Analytical Engines',
      street: '12 St James’s Square',
      zipcode: 'SW1Y 4LB',
      city: 'London',
      state: 'Greater London',
      country: 'GB',
      checkins: [
        checkIn(4, 'entry', '2026-09-17T12:00:00Z'),
        checkIn(3, 'exit', '2026-09-17T11:00:00Z'),
        checkIn(2, 'entry', '2026-09-17T06:55:00Z'),
        checkIn(1, 'exit', '2026-09-17T05:00:00Z'),
      ],
      answers: [
        answer('badge', 'Countess'),
        answer('needs', 'Two\nlines'),
        answer('years', '12.5'),
        answer('newsletter', 'False'),
        answer('diet', 'Vegan', ['vegan']),
        answer('topics', 'Security, Databases', ['security', 'databases']),
        answer('birthday', '1815-12-10'),
        answer('arrival-time', '08:30'),
        answer('flight', '2026-09-16T20:15:00-05:00'),
        answer('nationality', 'GB'),
        answer('mobile', '+44 20 7946 0000'),
        answer('student-card', 'https://tickets.acme.example/api/v1/file/1'),
      ],
    }),
    position(2, {
      item: 3,
      variation: 31,
      price: '39.80',
      addon_to: 23_441,
      city: 'Paris',
      answers: [answer('diet', 'Everything', ['all'])],
    }),
    position(3, { item: 2, subevent: 7, price: '120.00', canceled: true }),
  ],
}

/** A plain order of one ticket, placed so many minutes after the others began. */
export function plainOrder(code: string, minute: number, given: Partial<PretixOrder> = {}): PretixOrder {
  const placedAt = new Date(Date.UTC(2026, 4, 1, 8, minute)).toISOString()
  return {
    ...conferenceOrder,
    code,
    status: 'n',
    email: `${code.toLowerCase()}@customers.example`,
    datetime: placedAt,
    last_modified: placedAt,
    total: '349.00',
    invoice_address: null,
    payments: [],
    positions: [
      position(1, { id: 50_000 + minute, order: code, item: 1, variation: 12, price: '349.00', attendee_name: 'Ada' }),
    ],
    ...given,
  }
}

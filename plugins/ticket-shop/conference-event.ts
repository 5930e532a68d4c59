// A small conference to try everything on: workshops as sub-events, tickets with variations and add-ons, questions of every
// kind, doors and vouchers. Setting it up again changes nothing.
import type { EventSetup } from './event-setup-input.ts'
import { setUpEvent } from './set-up-event.ts'
import type { ShopDatabase } from './shop-database.ts'

export const conferenceReference = 'acme/conf26'

export function setUpConference(database: ShopDatabase): Promise<{ reference: string; eventId: string }> {
  return setUpEvent(database, conference)
}

const conference: EventSetup = {
  organizer: { slug: 'acme', name: 'Acme Conferences' },
  slug: 'conf26',
  name: 'Acme Conference 2026',
  currency: 'EUR',
  timezone: 'Europe/Berlin',
  locales: ['en', 'de'],
  dateFrom: '2026-09-17T09:00:00+02:00',
  dateTo: '2026-09-18T18:00:00+02:00',
  nameScheme: 'given_family',
  publicUrl: 'https://tickets.acme.example/conf26',
  subEvents: [
    {
      slug: 'typescript',
      name: 'Workshop: TypeScript without a build',
      dateFrom: '2026-09-16T10:00:00+02:00',
      dateTo: '2026-09-16T13:00:00+02:00',
    },
    {
      slug: 'postgres',
      name: 'Workshop: queues in PostgreSQL',
      dateFrom: '2026-09-16T14:00:00+02:00',
      dateTo: '2026-09-16T17:00:00+02:00',
    },
  ],
  categories: [
    { identifier: 'tickets', name: 'Tickets', description: 'Both days, food included' },
    { identifier: 'workshops', name: 'Workshops', description: 'The day before, 20 seats each' },
    { identifier: 'extras', name: 'Extras' },
  ],
  items: [
    {
      identifier: 'conference-ticket',
      name: 'Conference ticket',
      category: 'tickets',
      defaultPrice: '349.00',
      isAdmission: true,
      variations: [
        { identifier: 'early-bird', name: 'Early bird', price: '279.00' },
        { identifier: 'regular', name: 'Regular' },
        { identifier: 'student', name: 'Student', price: '89.00' },
      ],
    },
    {
      identifier: 'workshop-seat',
      name: 'Workshop seat',
      category: 'workshops',
      defaultPrice: '120.00',
      isAdmission: true,
      unitsInStock: 40,
    },
    {
      identifier: 't-shirt',
      name: 'T-shirt',
      category: 'extras',
      defaultPrice: '19.90',
      supplier: 'Textildruck Müller & Söhne',
      quantityPerUnit: '1 piece',
      unitsInStock: 150,
      variations: [
        { identifier: 's', name: 'S' },
        { identifier: 'm', name: 'M' },
        { identifier: 'l', name: 'L' },
        { identifier: 'xl', name: 'XL', price: '21.90' },
      ],
    },
    { identifier: 'dinner', name: 'Speakers’ dinner', category: 'extras', defaultPrice: '45.50', unitsInStock: 60 },
  ],
  questions: [
    { identifier: 'badge', text: 'What should your badge say under your name?', type: 'text' },
    { identifier: 'needs', text: 'Is there anything we should know?', type: 'multiline' },
    { identifier: 'years', text: 'For how many years have you been programming?', type: 'number' },
    { identifier: 'newsletter', text: 'May we send you our newsletter?', type: 'boolean' },
    {
      identifier: 'diet',
      text: 'What do you eat?',
      type: 'choice',
      options: [
        { identifier: 'all', answer: 'Everything' },
        { identifier: 'vegetarian', answer: 'Vegetarian' },
        { identifier: 'vegan', answer: 'Vegan' },
      ],
    },
    {
      identifier: 'topics',
      text: 'Which topics interest you?',
      type: 'multiple_choice',
      options: [
        { identifier: 'databases', answer: 'Databases' },
        { identifier: 'frontend', answer: 'Front end' },
        { identifier: 'security', answer: 'Security' },
      ],
    },
    { identifier: 'birthday', text: 'When were you born?', type: 'date' },
    { identifier: 'arrival-time', text: 'At what time will you be here?', type: 'time' },
    { identifier: 'flight', text: 'When does your flight land?', type: 'datetime' },
    { identifier: 'nationality', text: 'Which passport do you travel with?', type: 'country' },
    { identifier: 'mobile', text: 'How do we reach you on the day?', type: 'phone' },
    { identifier: 'student-card', text: 'A picture of your student card', type: 'file' },
  ],
  checkInLists: [
    { name: 'Main entrance' },
    { name: 'TypeScript workshop', subEvent: 'typescript' },
    { name: 'PostgreSQL workshop', subEvent: 'postgres' },
  ],
  vouchers: [
    { code: 'SPEAKER', item: 'conference-ticket', price: '0.00', maxUsages: 30 },
    { code: 'FRIENDS26', price: '99.00', maxUsages: 3 },
  ],
}

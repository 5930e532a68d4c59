// Finds an event by the name that people give it, `acme/conf26`.
import type { EntityManager } from '@mikro-orm/postgresql'
import { Event } from './entities/event.entity.ts'
import { Organizer } from './entities/organizer.entity.ts'
import { ShopError } from './shop-error.ts'

export async function findEvent(em: EntityManager, reference: string): Promise<Event> {
  const [organizerSlug = '', slug = ''] = reference.split('/')
  const event = await em.findOne(Event, { organizer: { slug: organizerSlug }, slug }, { populate: ['organizer'] })
  if (event) return event
  throw new ShopError(
    `There is no event "${reference}". An event is named by organizer and event, such as acme/conf26.`,
  )
}

export async function findOrganizer(em: EntityManager, slug: string): Promise<Organizer> {
  const organizer = await em.findOne(Organizer, { slug })
  if (organizer) return organizer
  throw new ShopError(`There is no organizer "${slug}".`)
}

// The columns that attendees, invoice addresses and customers share.
import { p } from '@mikro-orm/core'

export const addressColumns = {
  company: p.text().nullable(),
  street: p.text().nullable(),
  zipcode: p.text().nullable(),
  city: p.text().nullable(),
  state: p.text().nullable(),
  country: p.text().nullable(),
}

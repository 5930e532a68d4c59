// A signed-in browser of the standalone program.
import { defineEntity, p } from '@mikro-orm/core'

const WebSessionSchema = defineEntity({
  name: 'WebSession',
  tableName: 'web_session',
  properties: {
    id: p.text().primary(),
    data: p.json().$type<unknown>(),
    expiresAt: p.datetime().columnType('timestamptz'),
  },
})

export class WebSession extends WebSessionSchema.class {}
WebSessionSchema.setClass(WebSession)

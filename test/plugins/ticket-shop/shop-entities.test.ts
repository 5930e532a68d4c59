import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { MikroORM } from '@mikro-orm/postgresql'
import { shopEntities } from '../../../plugins/ticket-shop/entities/shop-entities.ts'
import { createTicketShopContext, type TicketShopContext } from '../../support/ticket-shop-context.ts'

let test: TicketShopContext
before(async () => {
  test = await createTicketShopContext()
})
after(() => test.close())

describe('the entities of the shop', () => {
  it('have exactly the columns that the migration makes, with the same nulls and types', async () => {
    const orm = new MikroORM({
      clientUrl: test.context.databaseUrl,
      entities: [...shopEntities],
      schema: 'ticket_shop',
      ensureDatabase: false,
    })
    try {
      const declared = [...orm.getMetadata().getAll().values()]
        .flatMap(({ tableName, props }) =>
          props.map(({ fieldNames, columnTypes, nullable }) =>
            [tableName, fieldNames[0], plainType(columnTypes[0] ?? ''), nullable ? 'null' : 'not null'].join(' '),
          ),
        )
        .sort()
      const columns = await test.query(
        `select c.table_name, c.column_name, c.is_nullable, format_type(a.atttypid, null) as type
         from information_schema.columns c join pg_attribute a
           on a.attrelid = format('%I.%I', c.table_schema, c.table_name)::regclass and a.attname = c.column_name
         where c.table_schema = 'ticket_shop'`,
      )
      const made = columns
        .map(({ table_name, column_name, type, is_nullable }) =>
          [table_name, column_name, plainType(String(type)), is_nullable === 'YES' ? 'null' : 'not null'].join(' '),
        )
        .sort()
      assert.deepEqual(declared, made)
      assert.ok(made.length > 100)
    } finally {
      await orm.close()
    }
  })
})

function plainType(type: string): string {
  const [name = ''] = type.replace(/\(.*\)/, '').split(' with time zone')
  const names: Record<string, string> = {
    int: 'integer',
    timestamptz: 'timestamp',
    bool: 'boolean',
    varchar: 'text',
  }
  return names[name] ?? name
}

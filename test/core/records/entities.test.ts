import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { MikroORM } from '@mikro-orm/postgresql'
import { ormOptions } from '../../../core/database/orm.ts'
import { createMigratedDatabase } from '../../support/migrated-database.ts'

describe('entities', () => {
  let fixture: Awaited<ReturnType<typeof createMigratedDatabase>>
  let orm: MikroORM
  before(async () => {
    fixture = await createMigratedDatabase()
    orm = await MikroORM.init(ormOptions(fixture.database))
  })
  after(async () => {
    await orm.close()
    await fixture.drop()
  })

  it('have exactly the columns that the migrations make, nullable where they are', async () => {
    const { rows } = await fixture.database.executeSql<{
      table_name: string
      column_name: string
      is_nullable: string
    }>(
      `select table_name, column_name, is_nullable from information_schema.columns
       where table_schema = 'outbound_sync' and table_name <> 'migration'`,
      [],
    )
    const inDatabase = rows.map((row) => `${row.table_name}.${row.column_name} ${row.is_nullable === 'YES'}`).sort()
    const declared = [...orm.getMetadata().getAll().values()]
      .flatMap((entity) =>
        entity.props.map((property) => `${entity.tableName}.${property.fieldNames[0]} ${property.nullable ?? false}`),
      )
      .sort()
    assert.ok(declared.length > 150)
    assert.deepEqual(declared, inDatabase)
  })
})

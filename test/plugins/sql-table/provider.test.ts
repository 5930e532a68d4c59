// The provider at work on tables of every shape, against a real PostgreSQL.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import pg from 'pg'
import { isErrorKind } from '../../../core/errors.ts'
import type { KnownObject, Property } from '../../../core/sdk/index.ts'
import { failureOf } from '../../core/http/expect-failure.ts'
import { startRawServer } from '../../core/http/local-server.ts'
import { createSecondDatabase, type SecondDatabase } from './second-database.ts'

let remote: SecondDatabase
before(async () => {
  remote = await createSecondDatabase()
})
after(() => remote.close())

const signal = new AbortController().signal
const overwrite = (values: Record<string, Property[1]>): Property[] =>
  Object.entries(values).map(([field, value]) => [field, value, 'overwrite'])

function sync(
  table: string,
  [idField, idValue]: readonly [string, string],
  properties: readonly Property[],
  more: Partial<ReturnType<SecondDatabase['argsOf']>> = {},
): ReturnType<ReturnType<SecondDatabase['provider']>['syncObjectWithProperties']> {
  const provider = remote.provider()
  return provider.syncObjectWithProperties({ ...remote.argsOf({ table, idField, idValue, properties }), ...more })
}

describe('what is discovered', () => {
  it('is the tables that can be written, with their columns', async () => {
    await remote.query(`
      create type size as enum ('S', 'M', 'L');
      create domain amount as numeric(8, 2) check (value >= 0);
      create table thing (
        id int generated always as identity primary key,
        code varchar(10) not null unique, email text, size size, price amount not null, count smallint not null default 1,
        weight double precision, active boolean, made_on date, made_at timestamptz, tags text[], facts jsonb, code_hash text
        generated always as (upper(code)) stored, zone interval, half text, other text, unique (half, other)
      );
      create unique index on thing (half) where active;
      create table not_found_again (note text);
      create view seen as select * from thing`)
    const types = await remote.provider().discoverObjectTypes({ signal })
    assert.deepEqual(
      types.map(({ name, idFields }) => [name, idFields]),
      [['thing', ['id', 'code']]],
    )
    assert.deepEqual(Object.fromEntries(types[0]?.fields.map(({ key, type }) => [key, type]) ?? []), {
      id: 'integer',
      code: 'text',
      email: 'text',
      size: 'choice',
      price: 'decimal',
      count: 'integer',
      weight: 'number',
      active: 'boolean',
      made_on: 'date',
      made_at: 'datetime',
      tags: 'list',
      facts: 'any',
      zone: 'text',
      half: 'text',
      other: 'text',
    })
    const field = (key: string) => types[0]?.fields.find((one) => one.key === key)
    assert.deepEqual(field('code'), { key: 'code', label: 'code', type: 'text', isRequired: true, maxLength: 10 })
    assert.equal(field('price')?.isRequired, true)
    assert.deepEqual(
      types[0]?.fields.filter(({ isRequired }) => isRequired).map(({ key }) => key),
      ['code', 'price'],
    )
    assert.deepEqual(
      field('size')?.options?.map(({ key }) => key),
      ['S', 'M', 'L'],
    )
  })

  it('writes values of every type, and finds them unchanged', async () => {
    const values = {
      email: 'ada@example.org',
      size: 'M',
      price: '12.5',
      count: 3,
      weight: 0.1,
      active: false,
      made_on: '2026-03-01',
      made_at: '2026-03-01T09:00:00+01:00',
      tags: ['a', 'b,"c"', '{}'],
      facts: [{ b: 1, a: [true, null] }],
      zone: '90 minutes',
      half: '',
      other: null,
    }
    const created = await sync('thing', ['code', 'X1'], overwrite(values))
    assert.deepEqual(created, { action: 'created', remoteId: '1', externalLinkDisplayName: 'X1' })
    const [row] = await remote.query(`select *, made_on::text as made_on, zone::text as zone from thing`)
    assert.deepEqual(row, {
      ...values,
      id: 1,
      code: 'X1',
      code_hash: 'X1',
      price: '12.50',
      made_at: new Date('2026-03-01T08:00:00Z'),
      zone: '01:30:00',
    })
    for (const [index, same] of [values, { ...values, price: '12.500', made_at: '2026-03-01T08:00:00Z' }].entries()) {
      const again = await sync('thing', ['code', 'X1'], overwrite(same))
      assert.equal(again?.action, 'nothing_to_do', String(index))
    }
    const changed = await sync('thing', ['code', 'X1'], overwrite({ active: '', facts: { a: 1 }, tags: 'one' }))
    assert.deepEqual([changed?.action, changed?.remoteId], ['updated', '1'])
    assert.deepEqual(await remote.query('select active, facts, tags from thing'), [
      { active: null, facts: { a: 1 }, tags: ['one'] },
    ])
  })

  it('reads a row back', async () => {
    const object = await remote.provider().readObject({
      ...{ externalObjectType: 'thing', externalIdField: 'code', idValue: 'X1', known: null, signal },
      http: remote.argsOf({ table: 'thing', idField: 'code', idValue: 'X1' }).http,
    })
    assert.equal(object?.remoteId, '1')
    assert.deepEqual([object?.values.price, object?.values.tags, object?.values.active], ['12.50', ['one'], null])
  })
})

describe('a row', () => {
  before(() => remote.query(`create table row (code text primary key, name text, note text, tags text[], n int)`))
  const rows = () => remote.query('select * from row order by code')
  const known = (remoteId: string): KnownObject => ({ remoteId, idValue: remoteId, customs: null, sentValues: {} })

  it('is written as the update modes say', async () => {
    const all: Property[] = [
      ['name', 'new', 'if_new'],
      ['note', 'empty', 'if_empty'],
      ['tags', ['a', 'b'], 'append'],
    ]
    await remote.query(`insert into row values ('there', 'old', '', '{b,c}')`)
    assert.equal((await sync('row', ['code', 'there'], all))?.action, 'updated')
    assert.equal((await sync('row', ['code', 'there'], all))?.action, 'nothing_to_do')
    assert.equal((await sync('row', ['code', 'fresh'], all))?.action, 'created')
    assert.deepEqual(await rows(), [
      { code: 'fresh', name: 'new', note: 'empty', tags: ['a', 'b'], n: null },
      { code: 'there', name: 'old', note: 'empty', tags: ['b', 'c', 'a'], n: null },
    ])
  })

  it('is made, changed or left alone as the mode of the mapping says', async () => {
    const args = remote.argsOf({ table: 'row', idField: 'code', idValue: 'there', properties: overwrite({ n: 1 }) })
    const mode = (value: 'create' | 'update') => ({ mapping: { ...args.mapping, mode: value } })
    assert.equal((await sync('row', ['code', 'there'], args.properties, mode('create')))?.action, 'nothing_to_do')
    assert.equal(await sync('row', ['code', 'missing'], args.properties, mode('update')), null)
    assert.equal((await rows()).length, 2)
  })

  it('keeps its place when its identifying value changes, unless another row has the new one', async () => {
    await sync('row', ['code', 'renamed'], overwrite({ n: 7 }), { known: known('fresh') })
    assert.deepEqual(
      (await rows()).map(({ code }) => code),
      ['renamed', 'there'],
    )
    const taken = await sync('row', ['code', 'there'], overwrite({ n: 8 }), { known: known('renamed') })
    assert.equal(taken?.remoteId, 'there')
    assert.deepEqual(
      (await rows()).map(({ code, n }) => [code, n]),
      [
        ['renamed', 7],
        ['there', 8],
      ],
    )
  })

  it('is made once by many at the same time', async () => {
    const results = await Promise.all(
      Array.from({ length: 12 }, () => sync('row', ['code', 'raced'], [['tags', ['x'], 'append']])),
    )
    const actions = results.map((result) => result?.action).sort()
    assert.deepEqual(actions, ['created', ...Array(11).fill('nothing_to_do')])
    assert.deepEqual(await remote.query(`select tags from row where code = 'raced'`), [{ tags: ['x'] }])
  })

  it('is deleted once', async () => {
    const provider = remote.provider()
    const { http } = remote.argsOf({ table: 'row', idField: 'code', idValue: '' })
    const query = { externalObjectType: 'row', externalIdField: 'code', idValue: 'renamed', known: null, http, signal }
    assert.equal((await provider.deleteObject(query)).action, 'deleted')
    assert.equal((await provider.deleteObject({ ...query, known: known('renamed') })).action, 'nothing_to_do')
    assert.deepEqual(
      (await rows()).map(({ code }) => code),
      ['raced', 'there'],
    )
  })
})

describe('names and values that are not what they seem', () => {
  it('stay names and values', async () => {
    await remote.query(`create table "a"";drop table row;--" ("id""x" text primary key, "Üb""er" text, "select" int)`)
    const hostile = `'); drop table row; --`
    const table = 'a";drop table row;--'
    for (const action of ['created', 'nothing_to_do']) {
      const result = await sync(table, ['id"x', hostile], overwrite({ 'Üb"er': hostile, select: 1 }))
      assert.equal(result?.action, action)
    }
    assert.deepEqual(await remote.query(`select * from "a"";drop table row;--"`), [
      { 'id"x': hostile, 'Üb"er': hostile, select: 1 },
    ])
    await remote.query('select from row')
    const error = await failureOf(sync('row', ['code', 'x'], overwrite({ 'n = 1; --': 1 })))
    assert.ok(isErrorKind(error, 'MappingError'))
  })
})

describe('what cannot be written', () => {
  before(() => remote.query(`create table strict (id int primary key, n int not null, tiny varchar(3))`))

  it('is refused with the column at fault', async () => {
    const missing = await failureOf(sync('strict', ['id', '1'], []))
    assert.ok(isErrorKind(missing, 'RejectedError'))
    assert.deepEqual(
      Reflect.get(missing, 'problems').map(({ property }: { property: string }) => property),
      ['n'],
    )
    for (const [idValue, tiny] of [
      ['no number', 'a'],
      ['1', 'abcd'],
    ] as const) {
      const error = await failureOf(sync('strict', ['id', idValue], overwrite({ n: 1, tiny })))
      assert.ok(isErrorKind(error, 'RejectedError'), error.message)
    }
    // The connection is good for the next one.
    assert.equal((await sync('strict', ['id', '1'], overwrite({ n: 1 })))?.action, 'created')
  })

  it('says what to do about a table, a column or a right that is missing', async () => {
    assert.match(
      (await failureOf(sync('nowhere', ['id', '1'], []))).message,
      /has no table "nowhere".*Create it or grant/,
    )
    assert.match(
      (await failureOf(sync('strict', ['n', '1'], []))).message,
      /has no unique index of its own.*match on id/,
    )
    assert.match(
      (await failureOf(remote.provider({ schema: 'pg_toast' }).testConnection({ signal }))).message,
      /the schema "pg_toast" of ".*" has no table/,
    )
    const error = await failureOf(remote.provider({ tls: 'verify' }).testConnection({ signal }))
    assert.ok(isErrorKind(error, 'SyncConfigError'))
    assert.match(error.message, /takes no encrypted connections/)
  })

  it('is tried again when another writer was in the way for too long', async (test) => {
    const other = new pg.Client({ connectionString: remote.databaseUrl })
    await other.connect()
    test.after(() => other.end())
    await other.query('begin; select from strict for update')
    const call = failureOf(sync('strict', ['id', '1'], overwrite({ n: 2 })))
    const [{ pid } = { pid: null }] = await until(() =>
      remote.query(`select pid from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`),
    )
    await remote.query('select pg_cancel_backend($1)', [pid])
    assert.ok(isErrorKind(await call, 'RetryableError'))
  })
})

describe('a connection', () => {
  it('says what was reached', async () => {
    const { message } = await remote.provider().testConnection({ signal })
    assert.match(
      message,
      /^PostgreSQL [\d.]+.* answered\. The schema "public" of "test_.*" has the tables .*row.*thing\.$/,
    )
  })

  it('that falls silent is given up when it is told to', async (test) => {
    const silent = await startRawServer(test, () => undefined)
    const stop = new AbortController()
    const call = remote.provider({ host: '127.0.0.1', port: silent.port }).testConnection({ signal: stop.signal })
    await until(async () => (silent.connectionCount() > 0 ? [true] : []))
    stop.abort(new Error('enough'))
    assert.equal((await failureOf(call)).message, 'enough')
  })

  it('that breaks is tried again', async (test) => {
    const rude = await startRawServer(test, (socket) => void socket.destroy())
    const error = await failureOf(remote.provider({ host: '127.0.0.1', port: rude.port }).testConnection({ signal }))
    assert.ok(isErrorKind(error, 'NetworkError'), String(error))
  })
})

async function until<T>(ask: () => Promise<T[]>): Promise<T[]> {
  for (;;) {
    const found = await ask()
    if (found.length > 0) return found
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

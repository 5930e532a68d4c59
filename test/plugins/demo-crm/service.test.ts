import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import { after, afterEach, before, beforeEach, describe, it } from 'node:test'
import { createDemoCrmService } from '../../../plugins/demo-crm/crm-service.ts'
import { createDemoCrmDatabase, type DemoCrmDatabase } from '../../support/demo-crm-instance.ts'

type Running = Awaited<ReturnType<ReturnType<typeof createDemoCrmService>['start']>>

let database: DemoCrmDatabase
const running = new Set<Running>()
before(async () => {
  database = await createDemoCrmDatabase()
})
after(() => database.drop())
beforeEach(() => database.executeSql(`delete from demo_crm.setting where key = 'port'`, []))
afterEach(async () => {
  await Promise.all([...running].map(stop))
})

async function start(on = database): Promise<Running> {
  const service = await createDemoCrmService(on).start()
  running.add(service)
  return service
}

async function stop(service: Running): Promise<void> {
  running.delete(service)
  await service.stop()
}

async function answers(origin: string): Promise<boolean> {
  return fetch(`${origin}/api/instance`).then(
    (response) => response.ok,
    () => false,
  )
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 5_000
  while (!(await condition())) {
    assert.ok(Date.now() < deadline, 'it did not become so within 5 seconds')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

function listenOn(port: number, answer: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((_request, response) => response.end(answer))
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => resolve(server))
  })
}

const close = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })

describe('the port of the Demo CRM', () => {
  it('is on loopback, free at the first start, and the same at later starts', async () => {
    const first = await start()
    assert.match(first.origin, /^http:\/\/127\.0\.0\.1:\d+$/)
    assert.ok(await answers(first.origin))
    await stop(first)
    assert.equal(await answers(first.origin), false)
    const second = await start()
    assert.equal(second.origin, first.origin)
    assert.ok(await answers(second.origin))
  })

  it('is another one when a stranger has it, and that one is kept', async () => {
    for (const stranger of ['hello', JSON.stringify({ product: 'Demo CRM', instanceId: 'of another database' })]) {
      const first = await start()
      await stop(first)
      const server = await listenOn(Number(new URL(first.origin).port), stranger)
      const second = await start()
      assert.notEqual(second.origin, first.origin)
      assert.ok(await answers(second.origin))
      await stop(second)
      await close(server)
      const third = await start()
      assert.equal(third.origin, second.origin)
      await stop(third)
    }
  })

  it('is shared by processes of one database; when the one that listens stops, another takes over', async () => {
    const first = await start()
    const second = await start()
    const third = await start()
    assert.deepEqual([second.origin, third.origin], [first.origin, first.origin])
    await stop(first)
    await until(() => answers(first.origin))
    await stop(second)
    await until(() => answers(first.origin))
    await stop(third)
    assert.equal(await answers(first.origin), false)
  })

  it('is one port also when two processes start for the first time together', async () => {
    const started = await Promise.all([start(), start(), start(), start()])
    assert.equal(new Set(started.map(({ origin }) => origin)).size, 1)
  })

  it('is another one for another database', async () => {
    const other = await createDemoCrmDatabase()
    try {
      const first = await start()
      await other.executeSql(`insert into demo_crm.setting (key, value) values ('port', $1)`, [
        new URL(first.origin).port,
      ])
      // A copied database has the same instance id, and is still another CRM.
      await other.executeSql(`update demo_crm.setting set value = $1 where key = 'instance_id'`, [
        (await database.executeSql(`select value from demo_crm.setting where key = 'instance_id'`, [])).rows[0]?.value,
      ])
      const second = await start(other)
      assert.notEqual(second.origin, first.origin)
      await stop(second)
    } finally {
      await other.drop()
    }
  })
})

describe('stopping', () => {
  it('does not wait for clients that keep their connections', async () => {
    const service = await start()
    await Promise.all(Array.from({ length: 5 }, () => answers(service.origin)))
    const before = Date.now()
    await stop(service)
    assert.ok(Date.now() - before < 1_500)
  })
})

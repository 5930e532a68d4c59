import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Operations, PluginCommand, RunReport } from '../../../core/sdk/index.ts'
import { createDemoCommand } from '../../../plugins/ticket-shop/demo-command.ts'
import { createTicketShopContext, type TicketShopContext } from '../../support/ticket-shop-context.ts'

let test: TicketShopContext
before(async () => {
  test = await createTicketShopContext()
})
after(() => test.close())

const crm = 'http://127.0.0.1:40123'
const objects = { created: 3, updated: 2, nothingToDo: 1, skipped: 4, failed: 0 }
const finished: RunReport = {
  ...{ id: 'run', state: 'finished', totalCount: 8, doneCount: 8, succeededCount: 8, nothingToDoCount: 0 },
  ...{ skippedCount: 0, failedCount: 0, objects, reason: null },
}
const noObjects = { created: 0, updated: 0, nothingToDo: 0, skipped: 0, failed: 0 }

/** The core's operations at their interface: what was asked of them, and reports as a run gives them one after the other. */
function fakeOperations(reports: readonly Partial<RunReport>[] = [{}]) {
  const asked: string[] = []
  const looks = new Map<string, number>()
  const operations: Operations = {
    serviceOrigin: async (name) => (name === 'demo-crm' ? crm : assert.fail(name)),
    isPluginActive: async ({ scope }) => scope === 'organizer:northwind-traders/event:northwind',
    async setPluginActive({ plugin, scope, isActive }) {
      asked.push(`${plugin} ${isActive} ${scope}`)
    },
    async ensureConnection({ provider, name, scope, settings }) {
      asked.push(`${provider} "${name}" ${scope} ${JSON.stringify(settings)}`)
      return { connectionId: 'c1' }
    },
    pauseConnection: () => assert.fail('the demo pauses nothing'),
    resumeConnection: () => assert.fail('the demo resumes nothing'),
    tryConnectionNow: () => assert.fail('the demo hurries nothing'),
    testConnection: () => assert.fail('the demo tests nothing'),
    async startBackfill({ connectionId, sourceModel, scope }) {
      asked.push(`${connectionId} ${sourceModel} ${scope}`)
      return { runId: sourceModel }
    },
    async runReport(runId) {
      const look = looks.get(runId) ?? 0
      looks.set(runId, look + 1)
      return { ...finished, ...reports[Math.min(look, reports.length - 1)] }
    },
    async startWorker() {
      asked.push('worker started')
      return { stop: async () => void asked.push('worker stopped') }
    },
    startAudit: () => assert.fail('the demo audits nothing'),
    auditReport: () => assert.fail('the demo audits nothing'),
    panel: () => assert.fail('the demo shows no panel'),
  }
  return { operations, asked }
}

interface Demo {
  exitCode: number
  out: string[]
  err: string[]
  drawn: string
}

async function demo(
  options: Record<string, string | boolean>,
  {
    operations = fakeOperations().operations,
    isTTY = false,
    interrupts = new AbortController(),
    onDraw = () => undefined,
  }: { operations?: Operations; isTTY?: boolean; interrupts?: AbortController; onDraw?(text: string): void } = {},
): Promise<Demo> {
  const seen: Demo = { exitCode: -1, out: [], err: [], drawn: '' }
  const command: PluginCommand = createDemoCommand({
    shop: test.shop,
    operations,
    output: { result: (line) => seen.out.push(line), refusal: (line) => seen.err.push(line) },
    stream: {
      isTTY,
      columns: 100,
      write(text) {
        seen.drawn += text
        onDraw(text)
      },
    },
    watchInterrupts: () => ({ signal: interrupts.signal, end() {} }),
  })
  seen.exitCode = await command.run({ arguments: [], options })
  return seen
}

describe('the demo', () => {
  it('imports Northwind and sends catalogue, customers and orders, one after the other', async () => {
    const { operations, asked } = fakeOperations()
    const { exitCode, out, err } = await demo({ json: true }, { operations })
    assert.deepEqual({ exitCode, err }, { exitCode: 0, err: [] })
    const organizer = 'organizer:northwind-traders'
    assert.deepEqual(asked, [
      `demo-crm true ${organizer}`,
      `demo-crm "Demo CRM" ${organizer} {"baseUrl":"${crm}"}`,
      'worker started',
      `c1 Category ${organizer}/event:northwind`,
      `c1 Product ${organizer}/event:northwind`,
      `c1 Customer ${organizer}`,
      `c1 Order ${organizer}/event:northwind`,
      'worker stopped',
    ])
    assert.equal(out.length, 1, 'one line')
    const { seconds, ...line } = JSON.parse(out[0] ?? '')
    assert.deepEqual(line, { orders: 830, objects: 40, created: 12, updated: 8, nothingToDo: 4, failed: 0, crm })
    assert.ok(typeof seconds === 'number' && seconds >= 0)
    const [{ count } = {}] = await test.query(`select count(*)::integer as count from ticket_shop."order"`)
    assert.equal(count, 830)
  })

  it('says the same in words', async () => {
    const { exitCode, out } = await demo({})
    assert.equal(exitCode, 0)
    assert.match(
      out.join('\n').replace(/in [\d.]+ s/, 'in 1.0 s'),
      /^Imported 830 orders \(0 new, 0 changed\), 91 customers, 77 products in 8 categories\.\nSynced 40 objects in 1\.0 s: 12 created, 8 updated, 4 with nothing to do, 16 skipped, 0 failed\.\nDemo CRM: http:\/\/127\.0\.0\.1:40123$/,
    )
  })

  it('takes a number of generated orders', async () => {
    const { exitCode, out } = await demo({ json: true, orders: '25' })
    assert.equal(exitCode, 0)
    assert.equal(JSON.parse(out[0] ?? '').orders, 25)
  })

  it('draws a bar on a terminal for each of its steps, and takes it away before the result', async () => {
    const { drawn } = await demo({ json: true }, { isTTY: true })
    const steps = drawn.split('[2K').flatMap((bar) => /^(.{18}) [█░]{30} [\d,]+ of [\d,]+/.exec(bar)?.[1]?.trim() ?? [])
    assert.deepEqual(
      [...new Set(steps)],
      [
        ...['Reading the file', 'Importing'],
        ...['Sending categories', 'Sending products', 'Sending customers', 'Sending orders'],
      ],
    )
    assert.match(drawn, /646,656 of 646,656 bytes/)
    assert.match(drawn, /830 of 830 orders/)
    assert.ok(drawn.endsWith('\r\u001b[2K'))
  })

  it('ends with 1 and the reason when something failed', async () => {
    const failed = { failedCount: 3, objects: { ...noObjects, created: 5, failed: 3 } }
    const { exitCode, out, err } = await demo({ json: true }, { operations: fakeOperations([failed]).operations })
    assert.equal(exitCode, 1)
    assert.equal(JSON.parse(out[0] ?? '').failed, 12)
    assert.equal(err.length, 4)
    assert.equal(err[0], 'Categories: 3 of 8 failed. The sync queue says why, and can try them again.')
  })

  it('counts a record that failed before it became an object', async () => {
    const failed = { failedCount: 2, objects: noObjects }
    const { exitCode, out } = await demo({ json: true }, { operations: fakeOperations([failed]).operations })
    assert.deepEqual({ exitCode, failed: JSON.parse(out[0] ?? '').failed }, { exitCode: 1, failed: 8 })
  })

  it('sends no more when a run was stopped, failed or is paused, and stops its worker', async () => {
    const cases: [Partial<RunReport>, string][] = [
      [{ state: 'stopped', doneCount: 5, reason: 'Stopped after 5.' }, 'Categories: Stopped after 5. (5 of 8 done)'],
      [{ state: 'failed', doneCount: 0 }, 'Categories: the run is failed (0 of 8 done)'],
      [{ state: 'paused', doneCount: 2 }, 'Categories: somebody has paused it (2 of 8 done).'],
    ]
    for (const [report, said] of cases) {
      const { operations, asked } = fakeOperations([{ state: 'running', doneCount: 0 }, report])
      const { exitCode, err } = await demo({ json: true }, { operations })
      assert.deepEqual({ exitCode, err }, { exitCode: 1, err: [said] })
      assert.deepEqual(asked.slice(-3), [
        'worker started',
        'c1 Category organizer:northwind-traders/event:northwind',
        'worker stopped',
      ])
    }
  })

  it('refuses options that contradict each other, and a file that is none, in one line', async () => {
    const cases: [Record<string, string | boolean>, RegExp][] = [
      [{ orders: '5', file: 'x.json' }, /^Give --file or --orders, not both/],
      [{ orders: '0' }, /^--orders should be at least 1\.$/],
      [{ orders: 'many' }, /^--orders should be a whole number, not "many"\.$/],
      [{ file: '/nowhere.json' }, /^Cannot import \/nowhere\.json: there is no such file\. Nothing was imported\.$/],
    ]
    for (const [options, said] of cases) {
      const { exitCode, out, err } = await demo({ json: true, ...options })
      assert.deepEqual({ exitCode, out: out.length, err: err.length }, { exitCode: 1, out: 0, err: 1 })
      assert.match(err[0] ?? '', said)
    }
  })

  it('lets what is broken in the program be seen', async () => {
    const operations = { ...fakeOperations().operations, startBackfill: () => Promise.reject(new TypeError('a bug')) }
    await assert.rejects(demo({ json: true }, { operations }), /a bug/)
  })
})

describe('the end of the demo', () => {
  const isWaiting = (text: string): boolean => text.includes('until you press Ctrl-C')

  it('waits for Ctrl-C with --keep, and tells where the CRM is', async () => {
    const interrupts = new AbortController()
    const { operations, asked } = fakeOperations()
    const { exitCode, out, drawn } = await demo(
      { json: true, keep: true },
      {
        operations,
        interrupts,
        onDraw(text) {
          if (!isWaiting(text)) return
          assert.equal(asked.at(-1), 'worker stopped', 'only the CRM goes on')
          setImmediate(() => interrupts.abort())
        },
      },
    )
    assert.deepEqual({ exitCode, out: out.length }, { exitCode: 0, out: 1 })
    assert.ok(isWaiting(drawn) && drawn.includes(crm))
  })

  it('comes with Ctrl-C at any time, with the worker stopped and exit code 130', async () => {
    const interrupts = new AbortController()
    const { operations, asked } = fakeOperations([{ state: 'running', doneCount: 1 }])
    const report = operations.runReport
    operations.runReport = async (runId) => {
      setImmediate(() => interrupts.abort())
      return report(runId)
    }
    const { exitCode, out, err } = await demo({ json: true }, { operations, interrupts })
    assert.deepEqual({ exitCode, out }, { exitCode: 130, out: [] })
    assert.match(err.join(), /^Interrupted\./)
    assert.equal(asked.at(-1), 'worker stopped')
  })

  it('leaves the process as it was: nobody listens for signals any more', async () => {
    const listening = () => process.listenerCount('SIGINT') + process.listenerCount('SIGTERM')
    const before = listening()
    const command = createDemoCommand({
      shop: test.shop,
      operations: fakeOperations([{ state: 'running', doneCount: 1 }]).operations,
      output: { result: () => undefined, refusal: () => undefined },
      stream: { write: () => undefined },
    })
    const ended = command.run({ arguments: [], options: { json: true } })
    assert.equal(listening(), before + 2)
    process.emit('SIGINT')
    assert.equal(listening(), before, 'a second one ends the process')
    assert.equal(await ended, 130)
    assert.equal(listening(), before)
  })
})

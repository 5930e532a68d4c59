import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { createTicketShopContext, type TicketShopContext } from '../../support/ticket-shop-context.ts'

const program = fileURLToPath(new URL('../../support/import-in-little-memory.ts', import.meta.url))

describe('the memory of an import', () => {
  let test: TicketShopContext
  let folder: string
  before(async () => {
    test = await createTicketShopContext()
    folder = await mkdtemp(join(tmpdir(), 'order-file-'))
  })
  after(async () => {
    await test.close()
    await rm(folder, { recursive: true })
  })

  it('does not grow with the file: a heap of 48 MB is enough for a file whose orders alone would take 52', async () => {
    const heap = ['--max-old-space-size=48', '--max-semi-space-size=4']
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [...heap, program, join(folder, 'orders.json'), '20000', test.context.databaseUrl],
      { timeout: 240_000 },
    )
    const { orderCount, byteCount } = JSON.parse(stdout)
    assert.equal(orderCount, 20_000)
    assert.ok(byteCount > 12_000_000)
    const [{ count } = {}] = await test.query(`select count(*)::integer as count from ticket_shop."order"`)
    assert.equal(count, 20_000)
  })
})

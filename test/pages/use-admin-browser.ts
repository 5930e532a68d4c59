// The admin pages under a path, with an administrator and a switched-on plugin, and a browser to look at them.
import { after, before } from 'node:test'
import type { Browser } from 'playwright-core'
import { type AdminFixture, administrator, createAdminFixture } from '../core/admin/admin-fixture.ts'
import { insertActivation } from '../core/admin/insert-rows.ts'
import { launchBrowser } from './browser.ts'

export interface AdminBrowser {
  fixture: AdminFixture
  browser: Browser
}

export function useAdminBrowser(): AdminBrowser {
  // Filled before the first test begins.
  const target = {} as AdminBrowser
  before(async () => {
    target.fixture = await createAdminFixture({ basePath: '/sub/path' })
    await target.fixture.admin.ensureAdministrator(administrator)
    await insertActivation(target.fixture)
    target.browser = await launchBrowser()
  })
  after(async () => {
    await target.browser.close()
    await target.fixture.close()
  })
  return target
}

// Scenario 18 of the reliability contract: whatever a host, a remote or a person writes stays text.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Page } from 'playwright-core'
import { insertAttempt, insertJob, insertObject } from '../core/admin/insert-rows.ts'
import { openPage } from './open-page.ts'
import { useAdminBrowser } from './use-admin-browser.ts'

const everything = { id: 'u1', name: 'Anna', can: () => true }

const target = useAdminBrowser()

describe('markup in texts', () => {
  const payloads = [
    '<script>alert(1)</script>',
    '"><script>alert(1)</script>',
    "'><img src=x onerror=alert(1)>",
    '<svg onload=alert(1)>',
    '</title><script>alert(1)</script>',
    '</textarea><script>alert(1)</script>',
    '<iframe srcdoc="<script>alert(1)</script>">',
    '" onmouseover="alert(1)',
    "' autofocus onfocus='alert(1)",
    '<%= process.exit(1) %>',
    '{{constructor.constructor("alert(1)")()}}',
    'javascript:alert(1)',
    '<a href="javascript:alert(1)">x</a>',
    '<form action="https://evil.example"><button>x</button></form>',
    '<meta http-equiv="refresh" content="0;url=https://evil.example">',
    '<base href="https://evil.example/">',
    '<style>*{display:none}</style>',
    '&lt;script&gt;alert(1)&lt;/script&gt;',
    '\u202Ealert(1)\u202C',
    '<details open ontoggle=alert(1)>',
  ]

  it('from hosts, remotes and people stays text on every page and in the panel', async () => {
    const connections: string[] = []
    for (const [index, payload] of payloads.entries()) {
      const connection = await target.fixture.addConnection({
        name: `${payload} ${index}`,
        gate: 'paused',
        gateReason: payload,
      })
      connections.push(connection)
      await insertJob(target.fixture, {
        connection,
        order: payload,
        state: 'needs_attention',
        reason: 'permanent',
        message: payload,
        stream: payload,
        trigger: { name: payload, actor: payload },
      })
      await insertAttempt(target.fixture, {
        connection,
        order: payload,
        outcome: payload,
        message: payload,
        minutesAgo: 1,
        trigger: { name: payload, actor: payload },
        objects: [
          {
            action: payload,
            idValue: payload,
            sent: { [payload]: payload },
            answered: payload,
            message: payload,
            href: payload,
            displayName: payload,
          },
        ],
      })
      await insertObject(target.fixture, {
        connection,
        order: payload,
        idValue: payload,
        href: payload,
        displayName: payload,
      })
    }
    const runs: string[] = []
    for (const [index, payload] of payloads.entries()) {
      const [row] = await target.fixture.sql(
        `insert into outbound_sync.sync_run
           (id, connection_id, mode, source_model, scope, filter, state, reason, actor, total_count, started_at, finished_at)
         values (gen_random_uuid(), $1, $2, $3, $3, $4, $5, $3, $3, 1, now(), now()) returning id`,
        [
          connections[index],
          index % 2 === 0 ? 'cancel' : 'audit',
          payload,
          JSON.stringify({ q: payload, scope: payload, connection: payload, note: payload }),
          index % 4 < 2 ? 'stopped' : 'finished',
        ],
      )
      await target.fixture.sql(
        `insert into outbound_sync.run_entry (run_id, source_model, source_id, scope, outcome, message)
         values ($1, $2, $2, $2, 'never_synced', $2)`,
        [row?.id, payload],
      )
      runs.push(`/${index % 2 === 0 ? 'runs' : 'audits'}/${row?.id}`)
    }
    const { page, problems, close } = await openPage(target)
    try {
      const paths = [
        '/',
        '/queue',
        '/connections',
        '/backfills/new',
        '/runs',
        ...runs,
        ...payloads.flatMap((payload) => [
          `/subjects?${new URLSearchParams({ model: 'Order', id: payload })}`,
          `/queue?${new URLSearchParams({ q: payload, state: payload, connection: payload })}`,
          `/queue?${new URLSearchParams({ scope: payload, reason: payload })}`,
          `/queue/all?${new URLSearchParams({ action: 'cancel', q: payload, scope: payload })}`,
        ]),
        ...connections.slice(0, 5).map((id) => `/connections/${id}`),
        `/plugins/crm/switch?${new URLSearchParams({ scope: payloads[0] ?? '', to: 'on' })}`,
        `/backfills/new?${new URLSearchParams({ connection: connections[0] ?? '', model: 'Order', scope: payloads[1] ?? '', 'filter.code': payloads[2] ?? '', count: 'yes' })}`,
      ]
      for (const path of paths) {
        await page.goto(target.fixture.origin + path)
        await assertClean(page, path)
      }
      for (const payload of payloads) {
        const html = await target.fixture.admin.panel({
          subject: { model: 'Order', id: payload },
          user: everything,
          returnTo: `/x?y=${encodeURIComponent(payload)}`,
        })
        assert.ok(html.length > 100)
        await page.setContent(`<!doctype html><title>Host</title><body>${html}</body>`)
        await assertClean(page, `panel of ${payload}`)
      }
      assert.deepEqual(problems, [])
    } finally {
      await close()
    }
  })

  async function assertClean(page: Page, where: string): Promise<void> {
    const found = await page.evaluate(`({
      nodes: document.querySelectorAll('script, iframe, img, base, style, meta[http-equiv], object, embed').length,
      handlers: [...document.querySelectorAll('*')].filter((element) => [...element.attributes].some(({ name }) => name.startsWith('on'))).length,
      hrefs: [...document.querySelectorAll('a[href]')].map((link) => link.protocol).filter((protocol) => !/^(https?|about):$/.test(protocol)),
      actions: [...document.querySelectorAll('form')].filter((form) => form.getAttribute('action').startsWith('http')).length,
    })`)
    assert.deepEqual(found, { nodes: 0, handlers: 0, hrefs: [], actions: 0 }, where)
  }
})

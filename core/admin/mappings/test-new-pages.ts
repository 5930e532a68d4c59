// A new mapping test: find a record, look at what would be kept of it, give it a name.
import { isErrorKind, messageOf } from '../../errors.ts'
import { maxNestedRecords } from '../../mapping/test-record.ts'
import { requireProvider } from '../connections/configurable.ts'
import { formFields, queryFields, textField } from '../form-fields.ts'
import { pageUrl } from '../links.ts'
import { setNotice } from '../notice.ts'
import { actorOf, type PageContext, requirePermission } from '../page-context.ts'
import { type PageRouter, seeOther } from '../page-router.ts'
import type { MappingTestPagesOptions } from './test-pages.ts'
import { testRecordView } from './test-record-views.ts'
import { type CapturedSubject, captureTestSubject, searchTestSubjects } from './test-subjects.ts'
import { requireTestedMapping, type TestedMapping } from './tested-mapping.ts'

interface Problem {
  field: string
  text: string
}

interface NewTestForm {
  query: string
  model: string
  record: string
  name: string
  keepsValues: boolean
}

export function registerNewMappingTestPages(router: PageRouter, options: MappingTestPagesOptions): void {
  const { records, mappingTests, show, basePath } = options
  const path = '/connections/:id/mappings/tests'

  router.get(`${path}/new`, async (ctx) => {
    const mapping = await requireTestedMapping(ctx, options)
    requireProvider(ctx, mapping)
    const { q: query = '', model = '', record = '' } = queryFields(ctx)
    const form = { query, model, record, name: '', keepsValues: false }
    if (record === '') return showForm(ctx, { mapping, form, captured: null, problems: [] })
    const captured = await captureSubject(ctx, mapping, form)
    if ('problem' in captured) return showForm(ctx, { mapping, form, captured: null, problems: [atQuery(captured)] })
    showForm(ctx, { mapping, form, captured, problems: [] })
  })

  router.post(path, async (ctx) => {
    const mapping = await requireTestedMapping(ctx, options)
    const fields = formFields(ctx)
    const field = (name: string) => textField(fields, name)
    const form = {
      query: field('q'),
      model: field('model'),
      record: field('record'),
      name: field('name'),
      keepsValues: field('keep') === 'yes',
    }
    const captured = await captureSubject(ctx, mapping, form)
    if ('problem' in captured) return showForm(ctx, { mapping, form, captured: null, problems: [atQuery(captured)] })
    if (form.keepsValues) requirePermission(ctx, 'see_payloads', captured.scope)
    try {
      const { id } = await mappingTests.add({
        connectionId: mapping.connection.id,
        name: form.name,
        record: form.keepsValues ? captured.plain : captured.masked,
        isMasked: !form.keepsValues,
        actor: actorOf(mapping.actor),
      })
      const text = 'The test is kept. Look at what the mapping makes of it, and accept that when it is right.'
      setNotice(ctx, { kind: 'success', text }, { basePath })
      seeOther(ctx, pageUrl(basePath, `/connections/${mapping.connection.id}/mappings/tests/${id}`))
    } catch (error) {
      if (isErrorKind(error, 'TransitionError')) ctx.throw(409, messageOf(error))
      if (!isErrorKind(error, 'SyncConfigError')) throw error
      return showForm(ctx, { mapping, form, captured, problems: [{ field: 'name', text: messageOf(error) }] })
    }
  })

  function captureSubject(ctx: PageContext, mapping: TestedMapping, { model, record: id }: NewTestForm) {
    const { connection, document, actor: user } = mapping
    const { provider } = requireProvider(ctx, mapping)
    return captureTestSubject(ctx, { ...options, connection, provider, document, user }, { model, id })
  }

  const atQuery = ({ problem }: { problem: string }): Problem => ({ field: 'q', text: problem })

  async function showForm(
    ctx: PageContext,
    {
      mapping: { connection, actor },
      form,
      captured,
      problems,
    }: { mapping: TestedMapping; form: NewTestForm; captured: CapturedSubject | null; problems: readonly Problem[] },
  ): Promise<void> {
    const maySeeValues = captured !== null && actor.can('see_payloads', captured.scope)
    const hasQuery = form.query.trim() !== ''
    show(ctx, {
      view: 'mappings/tests-new',
      title: problems.length > 0 ? 'Error: New mapping test' : 'New mapping test',
      status: problems.length > 0 ? 422 : 200,
      data: {
        connection,
        form,
        problems,
        found: hasQuery && !captured ? await searchTestSubjects({ records, connection }, actor, form.query) : [],
        hasSearched: hasQuery && !captured,
        modelLabel: captured ? records.modelLabel(captured.masked.model) : null,
        label: captured && (maySeeValues ? captured.plain : captured.masked).label,
        groups: captured ? testRecordView(captured.masked, maySeeValues ? captured.plain : null) : [],
        maySeeValues,
        maxNestedRecords,
      },
    })
  }
}

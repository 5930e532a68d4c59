// The mapping tests of a connection: which are green, what differs where one is red, and what the mapping makes now, to be
// accepted as right.
import type { Connections } from '../../connections/connect.ts'
import type { MappingTest, MappingTests } from '../../connections/mapping-tests.ts'
import type { Mappings } from '../../connections/mappings.ts'
import { isErrorKind, messageOf } from '../../errors.ts'
import { expectationOf } from '../../mapping/test-differences.ts'
import type { Catalog } from '../../registry/catalog.ts'
import type { Log } from '../../sdk/log.ts'
import { formFields, textField } from '../form-fields.ts'
import { pageUrl } from '../links.ts'
import { mappingWords } from '../mapping-words.ts'
import { setNotice } from '../notice.ts'
import { actorOf, notFound, type PageContext, requirePermission } from '../page-context.ts'
import { type PageRouter, seeOther } from '../page-router.ts'
import type { ShowPage } from '../show-page.ts'
import type { SourceRecords } from '../source-records.ts'
import { testRecordView } from './test-record-views.ts'
import { digestOf, judgeTests, runTest } from './test-runs.ts'
import { versionsOf } from './test-upgrades.ts'
import { testedObjectViews, verdictWords } from './test-words.ts'
import { requireTestedMapping, type TestedMapping } from './tested-mapping.ts'

export interface MappingTestPagesOptions {
  catalog: Catalog
  connections: Pick<Connections, 'list'>
  mappings: Mappings
  mappingTests: MappingTests
  records: SourceRecords
  show: ShowPage
  log: Log
  basePath: string
}

/** More are not shown at once; how many there are is told. */
const shownObjects = 100
const shownDifferences = 200

export function registerMappingTestPages(router: PageRouter, options: MappingTestPagesOptions): void {
  const { catalog, mappingTests, records, show, log, basePath } = options
  const path = '/connections/:id/mappings/tests'

  router.get(path, async (ctx) => {
    const mapping = await requireTestedMapping(ctx, options)
    const { connection, version, document, actor } = mapping
    const maySeeValues = actor.can('see_payloads', connection.scope)
    const kept = await mappingTests.list(connection.id)
    const judged = version && (await judgeTests(kept, { document, provider: version.provider }))
    const tests = kept.map((test, index) => {
      const run = judged?.[index]
      return {
        ...{ id: test.id, name: test.name, isMasked: test.isMasked, accepted: test.accepted },
        modelLabel: records.modelLabel(test.record.model),
        label: test.isMasked || maySeeValues ? test.record.label : null,
        differenceCount: run?.differences.length ?? 0,
        words: run && verdictWords(run),
        isRed: run?.isGreen === false,
      }
    })
    show(ctx, {
      view: 'mappings/tests',
      title: `Mapping tests of ${connection.name}`,
      data: { ...headOf(mapping), tests: tests.toSorted((left, right) => Number(right.isRed) - Number(left.isRed)) },
    })
  })

  router.get(`${path}/:test`, async (ctx) => {
    const mapping = await requireTestedMapping(ctx, options)
    await showTest(ctx, { mapping, test: await requireTest(ctx, mapping), problem: null })
  })

  router.post(`${path}/:test/accept`, async (ctx) => {
    const mapping = await requireTestedMapping(ctx, options)
    const test = await requireTest(ctx, mapping)
    const version =
      (mapping.canAccept ? mapping.version : null) ??
      ctx.throw(
        409,
        'Only what is sent next can be accepted: what the draft makes, with the version of the connection.',
      )
    const { tested } = runTest(test, { document: mapping.document, provider: version.provider })
    const expectation = expectationOf(tested)
    const refuse = (text: string) => showTest(ctx, { mapping, test, problem: { field: 'made', text } })
    if (digestOf(tested) !== textField(formFields(ctx), 'digest')) {
      return refuse('The mapping was changed meanwhile. Look at what it makes now, then accept it again.')
    }
    if (!expectation) return refuse('A mapping fails, so there is nothing to accept. Correct the mapping first.')
    const request = { connectionId: mapping.connection.id, id: test.id, actor: actorOf(mapping.actor) }
    try {
      await mappingTests.accept({ ...request, expectation, versions: versionsOf(version) })
    } catch (error) {
      if (isErrorKind(error, 'SyncConfigError')) return refuse(messageOf(error))
      if (isErrorKind(error, 'TransitionError')) ctx.throw(409, messageOf(error))
      throw error
    }
    setNotice(ctx, { kind: 'success', text: `From now on “${test.name}” expects this.` }, { basePath })
    seeOther(ctx, testsUrl(mapping, test.id))
  })

  router.post(`${path}/:test/delete`, async (ctx) => {
    const mapping = await requireTestedMapping(ctx, options)
    const test = (await mappingTests.find(mapping.connection.id, ctx.params.test ?? '')) ?? notFound(ctx)
    try {
      await mappingTests.remove({ connectionId: mapping.connection.id, id: test.id, actor: actorOf(mapping.actor) })
    } catch (error) {
      if (isErrorKind(error, 'TransitionError')) ctx.throw(409, messageOf(error))
      throw error
    }
    setNotice(ctx, { kind: 'success', text: `The test “${test.name}” is deleted.` }, { basePath })
    seeOther(ctx, testsUrl(mapping))
  })

  const testsUrl = ({ connection }: TestedMapping, id = '') =>
    pageUrl(basePath, `/connections/${connection.id}/mappings/tests${id && `/${id}`}`)

  /** What people wrote is for those who may read what was sent. */
  async function requireTest(ctx: PageContext, { connection }: TestedMapping): Promise<MappingTest> {
    const test = (await mappingTests.find(connection.id, ctx.params.test ?? '')) ?? notFound(ctx)
    if (!test.isMasked) requirePermission(ctx, 'see_payloads', connection.scope)
    return test
  }

  async function showTest(
    ctx: PageContext,
    {
      mapping,
      test,
      problem,
    }: { mapping: TestedMapping; test: MappingTest; problem: { field: string; text: string } | null },
  ): Promise<void> {
    const { connection, version, document, canAccept } = mapping
    const run = version && runTest(test, { document, provider: version.provider })
    const titles = await mappingWords(document, {
      catalog,
      scope: connection.scope,
      objectTypes: version?.provider.externalObjectTypes ?? [],
      log,
    })
    const titleOf = (key: string): string => titles.find((one) => one.key === key)?.title ?? key
    const hasFailed = run?.tested.some(({ outcome }) => outcome.kind === 'failed') ?? false
    const objects = run ? testedObjectViews(run.tested.slice(0, shownObjects), titleOf) : []
    show(ctx, {
      view: 'mappings/tests-show',
      title: problem ? `Error: ${test.name}` : test.name,
      status: problem ? 409 : 200,
      data: {
        ...headOf(mapping),
        test,
        problems: problem ? [problem] : [],
        modelLabel: records.modelLabel(test.record.model),
        words: run && verdictWords(run),
        differences: run?.differences.slice(0, shownDifferences).map((one) => ({
          ...one,
          mappingTitle: titleOf(one.mappingKey),
        })),
        differenceCount: run?.differences.length ?? 0,
        objects,
        objectCount: run?.tested.length ?? 0,
        hasFailed,
        digest: run && digestOf(run.tested),
        canAccept: run !== null && !hasFailed && canAccept && !(run.isAccepted && run.isGreen),
        groups: testRecordView(test.record, null),
      },
    })
  }

  const headOf = ({ connection, judgedBy, version, isOtherVersion, hasOtherDraft, query }: TestedMapping) => ({
    ...{ connection, judgedBy, isOtherVersion, hasOtherDraft, query },
    version: version?.provider.version ?? null,
    providerName: version?.provider.displayName || connection.provider,
  })
}

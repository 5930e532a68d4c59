// A definition as a file: out as a download, in as pasted JSON. What comes in is checked as strictly as the form checks, and
// each problem is told with its path in the file.
import { z } from 'zod'
import { saveDraft } from '../../connections/write-definition.ts'
import { isErrorKind, messageOf } from '../../errors.ts'
import { formFields } from '../form-fields.ts'
import { pageUrl } from '../links.ts'
import { setNotice } from '../notice.ts'
import { actorOf, type PageContext, requirePermission } from '../page-context.ts'
import { type PageRouter, seeOther } from '../page-router.ts'
import { definitionPath, kindsOf, type ProviderPagesOptions, requireDefinition } from './provider-pages.ts'

const fileSchema = z.strictObject({ kind: z.string(), definition: z.record(z.string(), z.unknown()) })
const maxProblemCount = 50

export function registerProviderImportPages(
  router: PageRouter,
  { database, catalog, show, basePath }: ProviderPagesOptions,
): void {
  function showImport(ctx: PageContext, text: string, problems: readonly string[]): void {
    show(ctx, {
      view: 'providers/import',
      title: problems.length > 0 ? 'Error: Import a provider' : 'Import a provider',
      status: problems.length > 0 ? 422 : 200,
      data: { text, problems: problems.map((problem) => ({ field: 'file', text: problem })), kinds: kindsOf(catalog) },
    })
  }

  router.get('/providers/import', (ctx) => {
    requirePermission(ctx, 'configure', '')
    showImport(ctx, '', [])
  })

  router.post('/providers/import', async (ctx) => {
    const user = requirePermission(ctx, 'configure', '')
    const given = formFields(ctx).file ?? ''
    const text = typeof given === 'string' ? given : (given[0] ?? '')
    const read = readFile(text)
    if ('problems' in read) return showImport(ctx, text, read.problems)
    try {
      const key = await saveDraft(
        { database, catalog },
        { kind: read.kind, definition: read.definition, replaces: null, actor: actorOf(user) },
      )
      setNotice(
        ctx,
        { kind: 'success', text: 'The provider is imported as a draft. Publish it to connect accounts.' },
        { basePath },
      )
      seeOther(ctx, pageUrl(basePath, definitionPath(key)))
    } catch (error) {
      if (!isErrorKind(error, 'SyncConfigError')) throw error
      showImport(ctx, text, [messageOf(error)])
    }
  })

  router.get('/providers/:identifier/:version/export', async (ctx) => {
    requirePermission(ctx, 'configure', '')
    const { identifier, version, kind, definition } = await requireDefinition(ctx, database)
    ctx.attachment(`${identifier}-${version}.json`)
    ctx.type = 'json'
    // In the order of the schema, which is easier to read than the table's.
    const parsed = catalog.definitionKinds.find((one) => one.kind.kind === kind)?.kind.schema.safeParse(definition)
    ctx.body = `${JSON.stringify({ kind, definition: parsed?.data ?? definition }, null, 2)}\n`
  })

  function readFile(text: string): { kind: string; definition: unknown } | { problems: readonly string[] } {
    if (text.trim() === '') return { problems: ['Paste the JSON of an exported provider.'] }
    let json: unknown
    try {
      json = JSON.parse(text)
    } catch (error) {
      return { problems: [`This is no JSON: ${messageOf(error)}.`] }
    }
    const file = fileSchema.safeParse(json)
    if (!file.success) return { problems: problemsOf(file.error, '') }
    const { kind, definition } = file.data
    const known = catalog.definitionKinds.find((one) => one.kind.kind === kind)?.kind
    if (!known) {
      const names = kindsOf(catalog).map((one) => one.kind)
      return {
        problems: [
          `kind: "${kind.slice(0, 100)}" is brought by no loaded plugin. There are: ${names.join(', ') || 'none'}.`,
        ],
      }
    }
    const parsed = known.schema.safeParse(definition)
    return parsed.success ? { kind, definition: parsed.data } : { problems: problemsOf(parsed.error, 'definition') }
  }
}

function problemsOf(error: z.ZodError, under: string): readonly string[] {
  return error.issues
    .slice(0, maxProblemCount)
    .map(({ path, message }) => `${[...(under ? [under] : []), ...path.map(String)].join('.') || 'file'}: ${message}`)
}

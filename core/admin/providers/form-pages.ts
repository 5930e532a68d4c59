// The form in which a provider is described, new or as a draft, and the new version that begins as a copy of an old one.
import { saveDraft } from '../../connections/write-definition.ts'
import { isErrorKind, messageOf } from '../../errors.ts'
import type { DefinitionKind } from '../../sdk/definition-kind.ts'
import { formFields, queryFields, textField } from '../form-fields.ts'
import { createForm, type FormProblem, type SubmittedForm } from '../forms/form.ts'
import { pageUrl } from '../links.ts'
import { setNotice } from '../notice.ts'
import { actorOf, notFound, type PageContext, requirePermission } from '../page-context.ts'
import { type PageRouter, seeOther } from '../page-router.ts'
import { definitionPath, type ProviderPagesOptions, requireDefinition } from './provider-pages.ts'

const prefix = 'definition'

interface Target {
  kind: DefinitionKind
  /** Null for a new one. */
  replaces: { identifier: string; version: string; revision: string } | null
  heading: string
  action: string
}

export function registerProviderFormPages(
  router: PageRouter,
  { database, catalog, show, basePath }: ProviderPagesOptions,
): void {
  const kindOf = (ctx: PageContext, name: string): DefinitionKind =>
    catalog.definitionKinds.find(({ kind }) => kind.kind === name)?.kind ??
    notFound(ctx, 'No loaded plugin brings definitions of this kind.')

  function showForm(ctx: PageContext, target: Target, drawn: Partial<SubmittedForm>): void {
    const form = createForm(target.kind.schema, { prefix })
    const problems = drawn.problems ?? []
    show(ctx, {
      view: 'providers/edit',
      title: problems.length > 0 ? `Error: ${target.heading}` : target.heading,
      status: problems.length > 0 ? 422 : 200,
      data: { ...target, drawn: form.draw({ values: drawn.values, problems, focus: drawn.focus ?? null }) },
    })
  }

  async function submit(ctx: PageContext, target: Target): Promise<void> {
    const user = requirePermission(ctx, 'configure', '')
    const fields = formFields(ctx)
    const submitted = await createForm(target.kind.schema, { prefix }).read(fields)
    const isKeptAsIs = textField(fields, 'save') === 'as-is'
    if (submitted.isChange || (submitted.problems.length > 0 && !isKeptAsIs)) return showForm(ctx, target, submitted)
    try {
      const key = await saveDraft(
        { database, catalog },
        { kind: target.kind.kind, definition: submitted.input, replaces: target.replaces, actor: actorOf(user) },
      )
      const text =
        submitted.problems.length > 0
          ? 'The draft is saved as it is. What is still missing stands below.'
          : 'The draft is saved.'
      setNotice(ctx, { kind: 'success', text }, { basePath })
      seeOther(ctx, pageUrl(basePath, definitionPath(key)))
    } catch (error) {
      if (!isErrorKind(error, 'SyncConfigError') && !isErrorKind(error, 'TransitionError')) throw error
      showForm(ctx, target, { ...submitted, problems: [refusal(messageOf(error))] })
    }
  }

  const newTarget = (ctx: PageContext): Target => {
    const kind = kindOf(ctx, queryFields(ctx).kind ?? catalog.definitionKinds[0]?.kind.kind ?? '')
    return {
      kind,
      replaces: null,
      heading: `New ${kind.label}`,
      action: `/providers/new?kind=${encodeURIComponent(kind.kind)}`,
    }
  }

  const draftTarget = async (ctx: PageContext) => {
    const stored = await requireDefinition(ctx, database)
    if (stored.state !== 'draft') {
      ctx.throw(
        409,
        `${stored.displayName} ${stored.version} is ${stored.state} and does not change any more. Make a new version of it.`,
      )
    }
    const { identifier, version, displayName } = stored
    // What it was when the form was opened; a form that is sent says it again.
    const revision = textField(formFields(ctx), 'revision') || stored.revision
    const target: Target = {
      kind: kindOf(ctx, stored.kind),
      replaces: { identifier, version, revision },
      heading: `${displayName} ${version}`,
      action: `${definitionPath(stored)}/edit`,
    }
    return { target, stored }
  }

  router.get('/providers/new', (ctx) => {
    requirePermission(ctx, 'configure', '')
    const target = newTarget(ctx)
    showForm(ctx, target, { values: target.kind.draft })
  })
  router.post('/providers/new', (ctx) => {
    requirePermission(ctx, 'configure', '')
    return submit(ctx, newTarget(ctx))
  })

  router.get('/providers/:identifier/:version/edit', async (ctx) => {
    requirePermission(ctx, 'configure', '')
    const { target, stored } = await draftTarget(ctx)
    showForm(ctx, target, { values: stored.definition })
  })
  router.post('/providers/:identifier/:version/edit', async (ctx) => {
    requirePermission(ctx, 'configure', '')
    await submit(ctx, (await draftTarget(ctx)).target)
  })

  router.post('/providers/:identifier/:version/new-version', async (ctx) => {
    const user = requirePermission(ctx, 'configure', '')
    const stored = await requireDefinition(ctx, database)
    const version = textField(formFields(ctx), 'version')
    try {
      const definition = { ...Object(stored.definition), version }
      const key = await saveDraft(
        { database, catalog },
        { kind: stored.kind, definition, replaces: null, actor: actorOf(user) },
      )
      setNotice(
        ctx,
        {
          kind: 'success',
          text: `Version ${version} is drafted as a copy of ${stored.version}. Change what is to be other.`,
        },
        { basePath },
      )
      seeOther(ctx, pageUrl(basePath, `${definitionPath(key)}/edit`))
    } catch (error) {
      if (!isErrorKind(error, 'SyncConfigError')) throw error
      setNotice(ctx, { kind: 'error', text: `The new version was not made: ${messageOf(error)}.` }, { basePath })
      seeOther(ctx, pageUrl(basePath, definitionPath(stored)))
    }
  })
}

// What only the table knows is about one of the two fields of its key.
function refusal(message: string): FormProblem {
  const field = /^(identifier|version)\b/.exec(message)?.[1]
  const text = `${message.charAt(0).toUpperCase()}${message.slice(1)}`
  return { name: field ? `${prefix}.${field}` : '', text: /[.!?]$/.test(text) ? text : `${text}.` }
}

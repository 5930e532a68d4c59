// The page on which one mapping is edited: drawn from its schema, checked against both ends, saved into the draft. What is
// wrong is told at its field and nothing typed is lost; whoever wants to go on later saves it as it is.
import { hash } from 'node:crypto'
import type { Connections } from '../../connections/connect.ts'
import type { Mappings } from '../../connections/mappings.ts'
import type { Database } from '../../database/transaction.ts'
import { isErrorKind, messageOf } from '../../errors.ts'
import { type MappingProblem, validateMapping } from '../../mapping/validate-mapping.ts'
import type { Catalog } from '../../registry/catalog.ts'
import type { Log } from '../../sdk/log.ts'
import { type MappingDocument, type ObjectMapping, objectMappingSchema } from '../../sdk/mapping.ts'
import { requireProvider } from '../connections/configurable.ts'
import { formFields, queryFields, textField } from '../form-fields.ts'
import { createForm, type Form, type FormProblem, type SubmittedForm } from '../forms/form.ts'
import { issueWords } from '../forms/issue-words.ts'
import { pageUrl } from '../links.ts'
import { setNotice } from '../notice.ts'
import { actorOf, type PageContext } from '../page-context.ts'
import { type PageRouter, seeOther } from '../page-router.ts'
import type { ShowPage } from '../show-page.ts'
import type { SourceRecords } from '../source-records.ts'
import { type EditedMapping, fromEdited, toEdited } from './edited-mapping.ts'
import { editorParts, type FieldGroup } from './editor-parts.ts'
import { placeProblem } from './editor-problems.ts'
import { editorRows } from './editor-rows.ts'
import { type EditorParts, editorSchema } from './editor-schema.ts'
import { type MappingDesk, requireDesk, requireMapping, revisionOf } from './mapping-desk.ts'
import { findEndModel, loadMappingEnds, type MappingEnds } from './mapping-ends.ts'
import { findSample, type SampleRecord } from './sample-record.ts'

export interface MappingPagesOptions {
  database: Database
  catalog: Catalog
  connections: Pick<Connections, 'list' | 'objectTypes'>
  mappings: Mappings
  records: SourceRecords
  show: ShowPage
  log: Log
  basePath: string
}

const prefix = 'mapping'

interface Editing {
  desk: MappingDesk
  mapping: ObjectMapping
  index: number
  ends: MappingEnds
  parts: EditorParts
  groups: readonly FieldGroup[]
  form: Form
  sample: SampleRecord | null
  sampleText: string
  sampleProblem: string | null
}

export function registerMappingEditorPages(router: PageRouter, options: MappingPagesOptions): void {
  const { catalog, mappings, show, basePath } = options
  const listUrl = (id: string) => pageUrl(basePath, `/connections/${id}/mappings`)

  async function open(ctx: PageContext, sampleText: string): Promise<Editing> {
    const desk = await requireDesk(ctx, options)
    const { mapping, index } = requireMapping(ctx, desk, queryFields(ctx).mapping ?? '')
    const found = requireProvider(ctx, desk)
    const { connection, actor, document } = desk
    const ends = await loadMappingEnds(options, { connection, found })
    const root = findEndModel(ends, mapping.sourceModel)?.root
    const { sample, problem } = root
      ? await findSample({ ...options, catalog }, { connection, root, text: sampleText, actor })
      : { sample: null, problem: null }
    const { parts, groups } = editorParts(ends, { mapping, index, document, sample })
    const form = createForm(editorSchema(parts), { prefix })
    return { desk, mapping, index, ends, parts, groups, form, sample, sampleText, sampleProblem: problem }
  }

  router.get('/connections/:id/mappings/edit', async (ctx) => {
    const editing = await open(ctx, queryFields(ctx).sample ?? '')
    const edited = toEdited(editing.mapping, editing.parts.lists)
    const problems = placed(problemsOf(editing, editing.mapping), edited)
    showEditor(ctx, editing, { values: edited, problems, focus: null }, { status: 200 })
  })

  router.post('/connections/:id/mappings/edit', async (ctx) => {
    const fields = formFields(ctx)
    const editing = await open(ctx, textField(fields, 'sample'))
    const { desk, mapping, parts, form } = editing
    const submitted = await form.read(fields)
    const next = textField(fields, 'next')
    if (submitted.isChange || next === 'sample') return showEditor(ctx, editing, submitted, { status: 200 })
    if (submitted.problems.length > 0) return showEditor(ctx, editing, submitted, { status: 422 })
    // The form's schema has passed it.
    const edited = submitted.input as EditedMapping
    const parsed = objectMappingSchema.safeParse(fromEdited(edited, { stored: mapping, lists: parts.lists }), {
      error: issueWords,
    })
    if (!parsed.success) {
      const problems = parsed.error.issues.map(({ path, message }) => ({ path: path.map(String).join('.'), message }))
      return showEditor(
        ctx,
        editing,
        { ...submitted, problems: placed(problems.map(asSentence), edited) },
        { status: 422 },
      )
    }
    const stored = textField(fields, 'stored')
    if (stored !== fingerprint(mapping)) {
      const who = desk.draft?.author ?? desk.inForce?.author ?? 'Somebody'
      const text = `${who} has changed this mapping since you opened it. What you typed stands below; saving it again replaces what ${who} has written.`
      return showEditor(ctx, editing, { ...submitted, problems: [{ name: '', text }] }, { status: 409 })
    }
    const problems = placed(problemsOf(editing, parsed.data), edited)
    if (problems.length > 0 && next !== 'as-is') {
      return showEditor(ctx, editing, { ...submitted, problems }, { status: 422, canSaveAsIs: true })
    }
    try {
      await mappings.saveDraft({
        connectionId: desk.connection.id,
        document: desk.document.map((one) => (one.key === mapping.key ? parsed.data : one)),
        revision: revisionOf(desk),
        actor: actorOf(desk.actor),
      })
    } catch (error) {
      if (!isErrorKind(error, 'TransitionError') && !isErrorKind(error, 'SyncConfigError')) throw error
      const status = isErrorKind(error, 'TransitionError') ? 409 : 422
      return showEditor(ctx, editing, { ...submitted, problems: [{ name: '', text: messageOf(error) }] }, { status })
    }
    const root = findEndModel(editing.ends, mapping.sourceModel)?.root.name ?? ''
    goOn(ctx, {
      connectionId: desk.connection.id,
      key: mapping.key,
      next,
      hasProblems: problems.length > 0,
      fields,
      root,
    })
  })

  function goOn(
    ctx: PageContext,
    {
      connectionId,
      key,
      next,
      hasProblems,
      fields,
      root,
    }: {
      connectionId: string
      key: string
      next: string
      hasProblems: boolean
      fields: ReturnType<typeof formFields>
      root: string
    },
  ): void {
    const at = (path: string, query: Record<string, string>) =>
      pageUrl(basePath, `/connections/${connectionId}/mappings${path}`, query)
    if (next.startsWith('options ')) {
      seeOther(ctx, at('/options', { mapping: key, property: next.slice('options '.length) }))
      return
    }
    const text = hasProblems
      ? 'The draft is saved as it is. What does not fit yet is marked there.'
      : 'The draft is saved. It is sent like this once it is published.'
    setNotice(ctx, { kind: 'success', text }, { basePath })
    seeOther(
      ctx,
      next === 'preview'
        ? at('/preview', { model: root, record: root && textField(fields, 'sample') })
        : listUrl(connectionId),
    )
  }

  function showEditor(
    ctx: PageContext,
    editing: Editing,
    { values, problems, focus }: Pick<SubmittedForm, 'values' | 'problems' | 'focus'>,
    { status, canSaveAsIs = false }: { status: number; canSaveAsIs?: boolean },
  ): void {
    const { desk, mapping, parts, form, groups } = editing
    const heading = `${parts.modelLabel} to ${parts.objectLabel}`
    const drawn = form.draw({ values, problems, focus })
    show(ctx, {
      view: 'mappings/edit',
      title: status >= 400 ? `Error: ${heading}` : heading,
      status,
      data: {
        connection: desk.connection,
        heading,
        key: mapping.key,
        stored: fingerprint(mapping),
        ...editorRows(drawn, { edited: values, lists: parts.lists, ends: editing.ends, mapping }),
        problems: drawn.problems,
        canSaveAsIs,
        groups,
        lists: [parts.lists.source, parts.lists.external, ...parts.lists.nested.map(({ list }) => list)],
        endProblems: editing.ends.problems,
        sampleLabel: editing.sample?.label ?? null,
        sampleText: editing.sampleText,
        sampleProblem: editing.sampleProblem,
        modelLabel: parts.modelLabel,
        objectLabel: parts.objectLabel,
      },
    })
  }
}

/** What is wrong with this one mapping where it stands. */
function problemsOf({ desk, index, ends, parts }: Editing, mapping: ObjectMapping): readonly MappingProblem[] {
  const document: MappingDocument = desk.document.map((one, at) => (at === index ? mapping : one))
  const { models, objectTypes, updateModes } = ends
  const own = `${index}.`
  return validateMapping({ document, models, objectTypes, updateModes })
    .filter(({ path }) => path.startsWith(own))
    .map(({ path, message }) => ({ path: path.slice(own.length), message: withLabels(message, parts) }))
}

// People pick fields by their labels; what is suggested is called so too.
function withLabels(message: string, { lists }: EditorParts): string {
  const all = [lists.source, lists.external, ...lists.nested.map(({ list }) => list)]
  return message.replace(/Did you mean "([^"]+)"\?/, (words, key: string) => {
    const label = all.map((list) => list.labelOf(key)).find((one) => one !== key)
    return label === undefined ? words : `Did you mean “${label}”?`
  })
}

function placed(problems: readonly MappingProblem[], edited: EditedMapping): readonly FormProblem[] {
  return problems.map((problem) => placeProblem(problem, { edited, prefix }))
}

const asSentence = ({ path, message }: MappingProblem): MappingProblem => {
  const text = `${message.charAt(0).toUpperCase()}${message.slice(1)}`
  return { path, message: /[.!?]$/.test(text) ? text : `${text}.` }
}

/** Of the mapping as it was when the form was opened. */
const fingerprint = (mapping: ObjectMapping): string => hash('sha256', JSON.stringify(mapping), 'base64url')

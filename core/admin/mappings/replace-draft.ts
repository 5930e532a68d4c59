// Making a whole document the draft: a version restored, a file imported, mappings of another connection. Where there is a
// draft already somebody would lose changes, so the page asks first and says whose and which; what was posted goes with the
// question, and is there again with the answer.
import { isDeepStrictEqual } from 'node:util'
import type { DraftOrigin, MappingDraft } from '../../connections/mappings.ts'
import { isErrorKind, messageOf } from '../../errors.ts'
import type { MappingDocument } from '../../sdk/mapping.ts'
import { type FormFields, formFields, textField } from '../form-fields.ts'
import { actorOf, type PageContext } from '../page-context.ts'
import { labelsFor, type MappedConnection, type MappingPagesOptions } from './mapped-connection.ts'
import { mappingChanges } from './mapping-changes.ts'

/** True when it is the draft now; false when a page was shown that asks. */
export async function replaceDraft(
  ctx: PageContext,
  options: MappingPagesOptions,
  {
    mapped,
    document,
    audit,
    path,
    holds = null,
  }: {
    /** Whose draft it is to be. */
    mapped: MappedConnection
    document: MappingDocument
    audit: DraftOrigin
    /** Where the form was posted, and is posted again. */
    path: string
    /** The revision of a draft that the document holds all of, so that there is nothing to ask. */
    holds?: number | null
  },
): Promise<boolean> {
  const { mappings } = options
  const { connection, actor } = mapped
  const fields = formFields(ctx)
  const draft = await mappings.draft(connection.id)
  const isLoss = draft && draft.revision !== holds && !isDeepStrictEqual(draft.document, document)
  if (isLoss && textField(fields, 'revision') !== String(draft.revision)) {
    await ask(ctx, options, { mapped, draft, document, path, fields, problem: null })
    return false
  }
  try {
    const revision = draft?.revision ?? null
    await mappings.saveDraft({ connectionId: connection.id, document, revision, actor: actorOf(actor), audit })
    return true
  } catch (error) {
    // Somebody was quicker.
    if (!isErrorKind(error, 'TransitionError')) throw error
    const current = await mappings.draft(connection.id)
    if (!current) ctx.throw(409, messageOf(error))
    await ask(ctx, options, { mapped, draft: current, document, path, fields, problem: messageOf(error) })
    return false
  }
}

async function ask(
  ctx: PageContext,
  options: MappingPagesOptions,
  {
    mapped,
    draft,
    document,
    path,
    fields,
    problem,
  }: {
    mapped: MappedConnection
    draft: MappingDraft
    document: MappingDocument
    path: string
    fields: FormFields
    problem: string | null
  },
): Promise<void> {
  const { connection } = mapped
  const labels = await labelsFor(mapped, [draft.document, document], options)
  options.show(ctx, {
    view: 'mappings/replace-draft',
    title: `Replace the draft of ${connection.name}?`,
    status: problem ? 409 : 200,
    data: {
      connection,
      draft,
      problem,
      path,
      posted: Object.entries({ ...fields, revision: String(draft.revision) }).flatMap(([name, values]) =>
        [values].flat().map((value) => ({ name, value })),
      ),
      changes: mappingChanges(draft.document, document, labels),
    },
  })
}

// An impact as its page and the pages of its connection show it: figures with the labels that people know.
import type { Catalog } from '../../registry/catalog.ts'
import { causeKinds, type ImpactExample } from '../../runs/impact-figures.ts'
import type { ImpactReport } from '../../runs/impact-report.ts'
import type { Impacts } from '../../runs/impacts.ts'
import type { ExternalObjectType } from '../../sdk/external-object-type.ts'
import type { RunWords } from '../run-words.ts'
import type { SourceRecords } from '../source-records.ts'
import { actionLabels, causeWords, describeImpact, isCurrent, judgedWords, recordRows } from './impact-words.ts'

export interface ImpactSummary {
  runId: string
  words: RunWords
  isCurrent: boolean
  /** What was judged, as it stands now. */
  what: string
  checkedCount: number
  affectedCount: number
  failedCount: number
  /** Null while it is being counted. */
  finishedAt: Date | null
}

function summaryOf(report: ImpactReport): ImpactSummary {
  const { runId, checkedCount, affectedCount, finishedAt } = report
  return {
    ...{ runId, checkedCount, affectedCount, finishedAt },
    what: judgedWords(report),
    words: describeImpact(report),
    isCurrent: isCurrent(report),
    failedCount: report.figures.records.failed,
  }
}

/** For the pages of a connection: what was counted last, and what somebody wants to have sent later. */
export async function connectionImpact(
  impacts: Pick<Impacts, 'newest' | 'postponed'>,
  connectionId: string,
): Promise<{ newest: ImpactSummary | null; postponed: readonly ImpactSummary[] }> {
  const [newest, postponed] = await Promise.all([impacts.newest(connectionId), impacts.postponed(connectionId)])
  return { newest: newest && summaryOf(newest), postponed: postponed.map(summaryOf) }
}

/** The tables of an impact's page. */
export function impactTables(
  report: ImpactReport,
  {
    catalog,
    records,
    objectTypes,
  }: {
    catalog: Pick<Catalog, 'sourceModel'>
    records: Pick<SourceRecords, 'modelLabel'>
    /** What the provider declares. */
    objectTypes: readonly ExternalObjectType[]
  },
) {
  const { figures } = report
  const typeOf = (name: string) => objectTypes.find((type) => type.name === name)
  const typeLabel = (name: string) => typeOf(name)?.label ?? name
  const fieldLabel = (type: string, name: string) => typeOf(type)?.fields.find(({ key }) => key === name)?.label ?? name
  const exampleView = ({ model, id, label }: ImpactExample) => ({
    label: `${records.modelLabel(model)} ${label}`,
    path: `/connections/${report.connectionId}/mappings/preview`,
    query: { model, record: id },
  })
  // Looking up, deleting, waiting and the like are seldom: a column of noughts says nothing.
  const actions = Object.entries(actionLabels).filter(
    ([action]) => alwaysShown.has(action) || figures.objectTypes.some((type) => countOf(type.actions, action) > 0),
  )
  return {
    records: recordRows(figures, report.connectionName),
    modelsLabel: report.models.map((name) => catalog.sourceModel(name)?.labelPlural ?? name).join(', '),
    actionLabels: actions.map(([, label]) => label),
    objectTypes: figures.objectTypes.map((type) => ({
      label: typeLabel(type.name),
      counts: actions.map(([action, label]) => ({ label, count: countOf(type.actions, action) })),
    })),
    fields: figures.objectTypes
      .flatMap((type) => type.fields.map((field) => ({ type: type.name, ...field })))
      .sort((a, b) => b.count - a.count)
      .map(({ type, name, count, example }) => ({
        typeLabel: typeLabel(type),
        label: fieldLabel(type, name),
        count,
        example: exampleView(example),
      })),
    causes: [...figures.causes]
      .sort((a, b) => causeKinds.indexOf(a.kind) - causeKinds.indexOf(b.kind) || b.count - a.count)
      .map(({ kind, objectType, reason, count, example }) => ({
        words: causeWords[kind],
        typeLabel: objectType === null ? null : typeLabel(objectType),
        reason,
        count,
        example: exampleView(example),
      })),
    otherCauseCount: figures.otherCauseCount,
  }
}

const alwaysShown: ReadonlySet<string> = new Set(['create', 'update', 'nothing_to_do'])

function countOf(actions: Readonly<Record<string, number>>, action: string): number {
  return actions[action] ?? 0
}

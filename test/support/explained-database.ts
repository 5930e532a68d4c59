// A database that keeps the plan of every statement it runs: as planned for these values, and as planned for any values,
// which is what a prepared statement ends up with.
import type { Database, SqlResult, SqlSession } from '../../core/database/transaction.ts'

export interface StatementPlan {
  text: string
  plannedFor: 'these values' | 'any values'
  /** Tables that are read from end to end. */
  scannedTables: string[]
  indexes: string[]
  /** Joins that compare every row of one side with every row of the other. */
  quadraticJoinCount: number
}

interface PlanNode {
  'Node Type': string
  'Relation Name'?: string
  'Index Name'?: string
  'Join Filter'?: string
  Plans?: PlanNode[]
}

export interface ExplainedDatabase extends Database {
  /** The plans of the statements that `work` runs. */
  plansOf(work: () => Promise<unknown>): Promise<StatementPlan[]>
}

export function explainStatements(database: Database): ExplainedDatabase {
  let plans: StatementPlan[] = []

  const explain = async (session: SqlSession, text: string, values: readonly unknown[]): Promise<void> => {
    if (!/^\s*(with|select|insert|update|delete)\b/i.test(text)) return
    const these = await session.executeSql<{ 'QUERY PLAN': unknown }>(`explain (format json) ${text}`, values)
    plans.push(toPlan(text, 'these values', these.rows))
    // PostgreSQL 16 brought it. Without values a statement goes unprepared, as its parameters stay open.
    const { rows } = await session.executeSql<{ has: boolean }>(
      `select current_setting('server_version_num')::int >= 160000 as has`,
      [],
    )
    if (!rows[0]?.has) return
    const any = await session.executeSql<{ 'QUERY PLAN': unknown }>(`explain (format json, generic_plan) ${text}`)
    plans.push(toPlan(text, 'any values', any.rows))
  }

  const explained = (session: SqlSession): SqlSession => ({
    async executeSql<Row>(text: string, values?: readonly unknown[]): Promise<SqlResult<Row>> {
      if (values) await explain(session, text, values)
      return session.executeSql<Row>(text, values)
    },
  })

  return {
    ...database,
    ...explained(database),
    session: (work) => database.session((session) => work(explained(session))),
    transaction: (work) => database.transaction((session) => work(explained(session))),
    async plansOf(work) {
      plans = []
      await work()
      return plans
    },
  }
}

function toPlan(
  text: string,
  plannedFor: StatementPlan['plannedFor'],
  rows: readonly { 'QUERY PLAN': unknown }[],
): StatementPlan {
  // The shape of EXPLAIN (FORMAT JSON): one row with a list that has the plan of the one statement.
  const [{ Plan: root }] = (rows as [{ 'QUERY PLAN': [{ Plan: PlanNode }] }])[0]['QUERY PLAN']
  const nodes = flatten(root)
  return {
    text,
    plannedFor,
    scannedTables: nodes.filter((node) => node['Node Type'] === 'Seq Scan').map((node) => node['Relation Name'] ?? ''),
    indexes: nodes.flatMap((node) => node['Index Name'] ?? []),
    quadraticJoinCount: nodes.filter((node) => node['Node Type'] === 'Nested Loop' && node['Join Filter']).length,
  }
}

const flatten = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(flatten)]

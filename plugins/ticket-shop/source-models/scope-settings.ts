// What differs between the events of a scope: how names are asked for, languages, questions, check-in lists. One statement.
import type { FieldOption } from '../../../core/sdk/index.ts'
import type { QuestionType } from '../entities/question.entity.ts'
import type { NameSchemeKey } from '../name-scheme.ts'
import { parseScope } from '../scope-path.ts'
import type { ShopDatabase } from '../shop-database.ts'

export interface ScopeQuestion {
  identifier: string
  text: string
  type: QuestionType
  options: readonly FieldOption[]
}

export interface ScopeSettings {
  events: readonly { slug: string; nameScheme: NameSchemeKey; locales: readonly string[] }[]
  questions: readonly ScopeQuestion[]
  checkInLists: readonly { id: string; name: string; eventSlug: string }[]
}

const statement = `
with chosen as materialized (
  select e.id, e.slug, e.name_scheme, e.locales from ticket_shop.event e
  join ticket_shop.organizer g on g.id = e.organizer_id
  where ($1::text is null or g.slug = $1) and ($2::text is null or e.slug = $2)
)
select
(select json_agg(json_build_object('slug', e.slug, 'nameScheme', e.name_scheme, 'locales', e.locales) order by e.id)
  from chosen e) as events,
(select json_agg(json_build_object(
  'identifier', q.identifier, 'text', q.text, 'type', q.type,
  'options', (select coalesce(json_agg(json_build_object('key', k.identifier, 'label', k.answer)
    order by k.sort_index, k.id), '[]') from ticket_shop.question_option k where k.question_id = q.id))
  order by q.event_id, q.sort_index, q.id)
  from ticket_shop.question q where q.event_id in (select id from chosen)) as questions,
(select json_agg(json_build_object('id', l.id::text, 'name', l.name, 'eventSlug', e.slug) order by l.id)
  from ticket_shop.check_in_list l join chosen e on e.id = l.event_id) as check_in_lists`

interface Row {
  events: ScopeSettings['events'] | null
  questions: ScopeSettings['questions'] | null
  check_in_lists: ScopeSettings['checkInLists'] | null
}

export async function loadScopeSettings(database: ShopDatabase, scope: string): Promise<ScopeSettings> {
  const { organizer, event } = parseScope(scope)
  const [row] = await database.select<Row>(statement, [organizer, event])
  return { events: row?.events ?? [], questions: row?.questions ?? [], checkInLists: row?.check_in_lists ?? [] }
}

//! What hangs on cases, from the tables: where the copy beside the case is not of now.

use diesel::QueryableByName;
use diesel::sql_types::{Array, Bool, Integer, Nullable, Text, Uuid as SqlUuid};
use uuid::Uuid;

use crate::cases::around::{Around, AroundParty, AroundTask};
use crate::kernel::{OrganisationId, PersonId, Result};
use crate::postgres::{Tx, placed, sql};

#[derive(QueryableByName)]
struct AroundRow {
    #[diesel(sql_type = Integer)]
    place: i32,
    #[diesel(sql_type = Integer)]
    seq: i32,
    #[diesel(sql_type = Bool)]
    certified: bool,
    #[diesel(sql_type = Array<Text>)]
    party_roles: Vec<String>,
    #[diesel(sql_type = Array<Nullable<SqlUuid>>)]
    party_persons: Vec<Option<Uuid>>,
    #[diesel(sql_type = Array<Nullable<SqlUuid>>)]
    party_organisations: Vec<Option<Uuid>>,
    #[diesel(sql_type = Array<Nullable<SqlUuid>>)]
    party_representatives: Vec<Option<Uuid>>,
    #[diesel(sql_type = Array<SqlUuid>)]
    task_ids: Vec<Uuid>,
    #[diesel(sql_type = Array<Integer>)]
    task_tokens: Vec<i32>,
    #[diesel(sql_type = Array<Text>)]
    task_kinds: Vec<String>,
    #[diesel(sql_type = Array<Text>)]
    task_steps: Vec<String>,
    #[diesel(sql_type = Array<Bool>)]
    task_open: Vec<bool>,
    #[diesel(sql_type = Array<Nullable<Text>>)]
    task_roles: Vec<Option<String>>,
    #[diesel(sql_type = Array<Nullable<Text>>)]
    task_offices: Vec<Option<String>>,
    #[diesel(sql_type = Array<Nullable<Text>>)]
    task_parties: Vec<Option<String>>,
    #[diesel(sql_type = Array<Nullable<SqlUuid>>)]
    task_holders: Vec<Option<Uuid>>,
}

/// What hangs on each of these cases, in their order, and with how many events it is of.
///
/// # Errors
/// Those of the database.
pub async fn arounds(tx: &mut Tx, cases: Vec<Uuid>) -> Result<Vec<Option<(i32, Around)>>> {
    let count = cases.len();
    let statement = sql("SELECT r.place::integer AS place, c.seq,
            EXISTS (SELECT FROM certificates f WHERE f.case_id = r.case_id) AS certified,
            coalesce(p.roles, '{}') AS party_roles, coalesce(p.persons, '{}') AS party_persons,
            coalesce(p.organisations, '{}') AS party_organisations, coalesce(p.representatives, '{}') AS party_representatives,
            coalesce(t.ids, '{}') AS task_ids, coalesce(t.tokens, '{}') AS task_tokens, coalesce(t.kinds, '{}') AS task_kinds,
            coalesce(t.steps, '{}') AS task_steps,
            coalesce(t.open, '{}') AS task_open, coalesce(t.roles, '{}') AS task_roles, coalesce(t.offices, '{}') AS task_offices,
            coalesce(t.parties, '{}') AS task_parties, coalesce(t.holders, '{}') AS task_holders
        FROM unnest($1::uuid[]) WITH ORDINALITY r(case_id, place)
        JOIN cases c ON c.id = r.case_id
        LEFT JOIN LATERAL (SELECT array_agg(p.role ORDER BY p.role, p.ordinal) AS roles, array_agg(p.person ORDER BY p.role, p.ordinal) AS persons,
            array_agg(p.organisation ORDER BY p.role, p.ordinal) AS organisations, array_agg(p.represented_by ORDER BY p.role, p.ordinal) AS representatives
            FROM case_parties p WHERE p.case_id = r.case_id) p ON true
        LEFT JOIN LATERAL (SELECT array_agg(t.id ORDER BY t.token) AS ids, array_agg(t.token ORDER BY t.token) AS tokens, array_agg(t.kind ORDER BY t.token) AS kinds,
            array_agg(t.step ORDER BY t.token) AS steps,
            array_agg(t.state = 'open' ORDER BY t.token) AS open, array_agg(t.role ORDER BY t.token) AS roles, array_agg(t.office ORDER BY t.token) AS offices,
            array_agg(t.party ORDER BY t.token) AS parties, array_agg(t.holder ORDER BY t.token) AS holders
            FROM tasks t WHERE t.case_id = r.case_id) t ON true")
    .uuids(cases);
    let rows = tx.rows::<AroundRow>(statement).await?;
    Ok(placed(count, rows.into_iter().map(|row| (row.place, (row.seq, row.around())))))
}

impl AroundRow {
    fn around(self) -> Around {
        let of = |list: &[Option<Uuid>], at: usize| list.get(at).copied().flatten();
        let party = |(at, role): (usize, &String)| AroundParty {
            role: role.clone(),
            person: of(&self.party_persons, at).map(PersonId),
            organisation: of(&self.party_organisations, at).map(OrganisationId),
            represented_by: of(&self.party_representatives, at).map(PersonId),
        };
        let task = |(at, id): (usize, &Uuid)| AroundTask {
            id: *id,
            token: u32::try_from(self.task_tokens[at]).unwrap_or(u32::MAX),
            kind: self.task_kinds[at].clone(),
            step: self.task_steps[at].clone(),
            open: self.task_open[at],
            role: self.task_roles[at].clone(),
            office: self.task_offices[at].clone(),
            party: self.task_parties[at].clone(),
            holder: of(&self.task_holders, at).map(PersonId),
        };
        Around {
            parties: self.party_roles.iter().enumerate().map(party).collect(),
            tasks: self.task_ids.iter().enumerate().map(task).collect(),
            certified: self.certified,
        }
    }
}

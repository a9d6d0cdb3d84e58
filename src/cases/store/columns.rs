//! Acts by columns: the values of the statement that writes them, each part with the case that its rows belong to.

use serde_json::Value;
use uuid::Uuid;

use super::acts::{INSERT, UPDATE};
use crate::audit;
use crate::cases::act::{Act, pack};
use crate::kernel::{Error, Result};
use crate::postgres::{Sql, sql};
use crate::queue;

/// The statement for acts of one kind: all of new cases, or all of cases that are there.
pub fn statement(acts: &[&Act]) -> Result<Sql> {
    let changed = acts.iter().any(|act| act.expected.is_some());
    let statement = bind_cases(sql(if changed { UPDATE } else { INSERT }), acts)?;
    let statement = bind_keys(statement, acts);
    let statement = bind_events_and_data(statement, acts)?;
    let statement = bind_tasks(bind_parties(statement, acts), acts);
    let statement = bind_papers(bind_demands(statement, acts), acts);
    let statement = bind_log(bind_jobs(statement, acts), acts);
    Ok(if changed { bind_changes(statement, acts) } else { statement })
}

/// A value of each act.
fn each<T>(acts: &[&Act], value: impl Fn(&Act) -> T) -> Vec<T> {
    acts.iter().map(|act| value(act)).collect()
}

/// The rows of a part of each act, with the case that they belong to.
struct Part<'a, R>(Vec<(Uuid, R)>, std::marker::PhantomData<&'a Act>);

impl<'a, R> Part<'a, R> {
    fn of<I: IntoIterator<Item = R>>(acts: &[&'a Act], rows: impl Fn(&'a Act) -> I) -> Self {
        let with_case = |act: &&'a Act| {
            let case = act.row.id.0;
            rows(act).into_iter().map(move |row| (case, row)).collect::<Vec<_>>()
        };
        Self(acts.iter().flat_map(with_case).collect(), std::marker::PhantomData)
    }

    fn cases(&self) -> Vec<Uuid> {
        self.0.iter().map(|(case, _)| *case).collect()
    }

    fn column<T>(&self, value: impl Fn(&R) -> T) -> Vec<T> {
        self.0.iter().map(|(_, row)| value(row)).collect()
    }
}

fn int(n: u32) -> i32 {
    i32::try_from(n).unwrap_or(i32::MAX)
}

fn revision(act: &Act) -> i32 {
    act.row.revision + i32::from(act.restated)
}

fn bind_cases(statement: Sql, acts: &[&Act]) -> Result<Sql> {
    let flows: Vec<String> =
        acts.iter().map(|act| serde_json::to_string(&act.case.flow)).collect::<std::result::Result<_, _>>()?;
    let draft_until = |act: &Act| act.row.draft_until.filter(|_| act.case.flow.status.word() == "draft");
    // Events and what is being filled in move apart: neither may have moved since the case was read.
    let expected = |act: &Act| act.expected.map(|seq| (i64::from(seq) << 32) + i64::from(act.row.revision));
    Ok(statement
        .uuids(each(acts, |act| act.row.id.0))
        .texts(each(acts, |act| act.row.reference.clone()))
        .texts(each(acts, |act| act.row.service.clone()))
        .texts(each(acts, |act| act.row.version.clone()))
        .texts(each(acts, |act| act.row.authority.clone()))
        .texts(each(acts, |act| act.row.office.clone()))
        .texts(each(acts, |act| act.case.flow.status.word().to_owned()))
        .texts_or_null(each(acts, |act| act.closed.as_ref().map(|c| c.1.clone())))
        .texts_or_null(each(acts, |act| act.closed.as_ref().map(|c| c.2.to_owned())))
        .smalls(each(acts, |act| act.row.level))
        .texts(each(acts, |act| act.row.language.clone()))
        .uuids(each(acts, |act| act.row.started_by.0))
        .uuids_or_null(each(acts, |act| act.row.organisation.map(|o| o.0)))
        .uuids_or_null(each(acts, |act| act.row.helper.map(|h| h.0)))
        .ints(each(acts, |act| int(act.case.flow.seq)))
        .texts(flows)
        .texts_or_null(each(acts, |act| act.row.around.write(act.case.flow.seq)))
        .ints(each(acts, revision))
        .instants_or_null(each(acts, |act| act.case.flow.next_due()))
        .instants(each(acts, |act| act.row.created_at))
        .instants_or_null(each(acts, |act| act.submitted_at))
        .instants_or_null(each(acts, |act| act.decided_at))
        .instants_or_null(each(acts, |act| act.closed.as_ref().map(|c| c.0)))
        .instants_or_null(each(acts, draft_until))
        .days_or_null(each(acts, |act| act.closed.as_ref().map(|c| c.3)))
        .texts_or_null(each(acts, |act| act.closed.as_ref().map(|c| c.4.to_owned())))
        .bigs_or_null(each(acts, expected)))
}

fn bind_keys(statement: Sql, acts: &[&Act]) -> Sql {
    let keys = Part::of(acts, |act| act.key.iter().map(move |key| (key, act.resource)));
    statement
        .uuids(keys.cases())
        .texts(keys.column(|(key, _)| key.caller.clone()))
        .texts(keys.column(|(key, _)| key.route.clone()))
        .texts(keys.column(|(key, _)| key.key.clone()))
        .blobs(keys.column(|(key, _)| key.body_hash.to_vec()))
        .uuids(keys.column(|(_, resource)| *resource))
}

fn bind_events_and_data(statement: Sql, acts: &[&Act]) -> Result<Sql> {
    let events = Part::of(acts, |act| {
        let first = act.case.flow.seq - u32::try_from(act.events.len()).unwrap_or(0);
        (first + 1..).zip(&act.events)
    });
    let body = |(_, (_, (event, _))): &(Uuid, (u32, &(crate::engine::workflow::Event, Value)))| {
        serde_json::to_string(&event.what).map_err(Error::from)
    };
    let bodies = events.0.iter().map(body).collect::<Result<Vec<_>>>()?;
    let mut data = Vec::new();
    for act in acts.iter().filter(|act| act.restated) {
        data.push((act.row.id.0, revision(act), pack(&act.case.data)?));
    }
    Ok(statement
        .uuids(events.cases())
        .ints(events.column(|(seq, _)| int(*seq)))
        .instants(events.column(|(_, (event, _))| event.at))
        .texts(events.column(|(_, (event, _))| event.what.name().to_owned()))
        .texts(bodies)
        .jsons(events.column(|(_, (_, actor))| actor.clone()))
        .uuids(data.iter().map(|d| d.0).collect::<Vec<_>>())
        .ints(data.iter().map(|d| d.1).collect::<Vec<_>>())
        .ints(data.iter().map(|d| d.2.0).collect::<Vec<_>>())
        .blobs(data.into_iter().map(|d| d.2.1).collect::<Vec<_>>()))
}

fn bind_parties(statement: Sql, acts: &[&Act]) -> Sql {
    let parties = Part::of(acts, |act| act.parties.iter().flatten());
    statement
        .uuids(parties.cases())
        .texts(parties.column(|p| p.role.clone()))
        .ints(parties.column(|p| p.ordinal))
        .uuids_or_null(parties.column(|p| p.person.map(|p| p.0)))
        .uuids_or_null(parties.column(|p| p.organisation.map(|o| o.0)))
        .decimals_or_null(parties.column(|p| p.share))
        .uuids_or_null(parties.column(|p| p.represented_by.map(|p| p.0)))
}

fn bind_tasks(statement: Sql, acts: &[&Act]) -> Sql {
    let tasks = Part::of(acts, |act| &act.tasks);
    statement
        .uuids(tasks.cases())
        .uuids(tasks.column(|t| t.id))
        .ints(tasks.column(|t| int(t.token)))
        .texts(tasks.column(|t| t.step.clone()))
        .texts(tasks.column(|t| t.kind.to_owned()))
        .texts_or_null(tasks.column(|t| t.office.clone()))
        .texts_or_null(tasks.column(|t| t.role.clone()))
        .texts_or_null(tasks.column(|t| t.party.clone()))
        .texts(tasks.column(|t| t.state.to_owned()))
        .uuids_or_null(tasks.column(|t| t.holder.map(|h| h.0)))
        .instants(tasks.column(|t| t.entered_at))
        .instants(tasks.column(|t| t.due_at))
        .flags(tasks.column(|t| t.overdue))
        .texts_or_null(tasks.column(|t| t.outcome.clone()))
        .instants_or_null(tasks.column(|t| t.done_at))
}

fn bind_demands(statement: Sql, acts: &[&Act]) -> Sql {
    let demands = Part::of(acts, |act| act.demands.iter().map(move |demand| (act, demand)));
    statement
        .uuids(demands.cases())
        .uuids(demands.column(|_| crate::kernel::random::uuid()))
        .texts(demands.column(|(act, _)| act.currency.clone()))
        .instants(demands.column(|(act, _)| act.at))
        .ints(demands.column(|(_, d)| int(d.token)))
        .texts(demands.column(|(_, d)| d.fee.clone()))
        .decimals(demands.column(|(_, d)| d.amount))
        .jsons(demands.column(|(_, d)| d.items.clone()))
        .texts(demands.column(|(_, d)| d.state.to_owned()))
        .instants_or_null(demands.column(|(_, d)| d.until))
}

fn bind_papers(statement: Sql, acts: &[&Act]) -> Sql {
    let issued = Part::of(acts, |act| act.certificates.iter().map(move |one| (act.at, one)));
    statement
        .uuids(issued.cases())
        .instants(issued.column(|(at, _)| *at))
        .uuids(issued.column(|(_, c)| c.id))
        .texts(issued.column(|(_, c)| c.code.clone()))
        .texts(issued.column(|(_, c)| c.template.clone()))
        .ints(issued.column(|(_, c)| int(c.token)))
        .jsons(issued.column(|(_, c)| c.content.clone()))
        .instants_or_null(issued.column(|(_, c)| c.valid_until))
}

fn bind_jobs(statement: Sql, acts: &[&Act]) -> Sql {
    let jobs = queue::Columns::of(acts.iter().flat_map(|act| &act.jobs));
    statement
        .uuids_or_null(jobs.cases)
        .texts(jobs.kinds)
        .texts(jobs.keys)
        .jsons(jobs.payloads)
        .instants_or_null(jobs.run_ats)
}

fn bind_log(statement: Sql, acts: &[&Act]) -> Sql {
    let log = audit::Columns::of(acts.iter().flat_map(|act| &act.audit));
    statement
        .uuids(log.ids.clone())
        .instants(log.ats)
        .uuids_or_null(log.actors)
        .texts_or_null(log.offices)
        .texts_or_null(log.roles)
        .texts(log.actions)
        .texts(log.outcomes)
        .texts_or_null(log.purposes)
        .uuids_or_null(log.cases)
        .texts(log.requests)
        .blobs(log.commitments)
        .uuids(log.ids)
        .ints(log.versions)
        .blobs(log.salts)
        .blobs(log.payloads)
        .uuids(log.subject_entries)
        .uuids(log.subject_persons)
}

/// What only a case can need that was there before: parties who are none any more, certificates that are revoked.
fn bind_changes(statement: Sql, acts: &[&Act]) -> Sql {
    let restated = acts.iter().filter(|act| act.parties.is_some()).map(|act| act.row.id.0);
    let parties = Part::of(acts, |act| act.parties.iter().flatten());
    let revoked = Part::of(acts, |act| act.revoked.iter().map(move |(template, reason)| (act.at, template, reason)));
    statement
        .uuids(restated.collect::<Vec<_>>())
        .uuids(parties.cases())
        .texts(parties.column(|p| p.role.clone()))
        .ints(parties.column(|p| p.ordinal))
        .uuids(revoked.cases())
        .instants(revoked.column(|(at, ..)| *at))
        .texts(revoked.column(|(_, template, _)| (*template).clone()))
        .texts(revoked.column(|(.., reason)| (*reason).clone()))
}

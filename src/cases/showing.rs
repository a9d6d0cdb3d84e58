//! A case put into words: steps, deadlines, and what this caller may do.

mod desk;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use uuid::Uuid;

use super::around::Around;
use super::context::Context;
use super::linked::{LodgedView, OpenedView};
use super::perform::refused;
use super::sees::Sees;
use super::signing::{answers_for, digest};
use super::store::Loaded;
use super::view::{ActionView, AdviceView, AppointmentView, DeadlineView, Named, StepView};
use crate::access::Permit;
use crate::engine::check::text_id;
use crate::engine::definition::{ADVISED, DOCUMENT, Definition, PartyMay, Reaction, Remedy, Verb};
use crate::engine::workflow::{self, Case, DemandState, Run, Status, StepKind, Token, TokenId};
use crate::kernel::{Actor, CaseId, Result};

/// A case being put into words.
pub struct Showing<'a> {
    pub ctx: &'a Context,
    pub def: &'a Definition,
    pub case: &'a Case,
    pub language: &'a str,
    pub around: &'a Around,
}

impl Showing<'_> {
    /// A text of the service; its id where there is none.
    pub fn text(&self, id: &str, attribute: Option<&str>) -> String {
        self.def.texts.format(self.language, id, attribute, &BTreeMap::new()).unwrap_or_else(|| id.to_owned())
    }

    /// The name of an outcome, or its id where nobody chooses it.
    pub fn outcome(&self, step: &str, outcome: &str) -> String {
        let attribute = outcome.replace('_', "-");
        let found = self.def.texts.format(self.language, &text_id("step", step), Some(&attribute), &BTreeMap::new());
        found.unwrap_or_else(|| outcome.to_owned())
    }

    pub fn office(&self, id: &str) -> Named {
        let names = self.ctx.catalogue.country().agencies.offices.get(id).map(|o| &o.name);
        let title = names.and_then(|n| n.get(self.language).or(n.values().next())).cloned();
        Named { id: id.to_owned(), title: title.unwrap_or_else(|| id.to_owned()) }
    }

    pub fn end(&self) -> Option<Named> {
        match &self.case.flow.status {
            Status::Closed { end, .. } => Some(Named { id: end.clone(), title: self.text(&text_id("end", end), None) }),
            _ => None,
        }
    }

    pub fn deadline(&self) -> Option<DeadlineView> {
        let clock = &self.case.flow.clock;
        let state = match clock.run {
            Run::Idle => return None,
            Run::Running => "running",
            Run::Suspended => "suspended",
            Run::Stopped => "stopped",
        };
        let last_day = clock.due.and_then(|at| self.def.time.day_of(at).yesterday().ok());
        let unit = if clock.working { "working_days" } else { "days" };
        Some(DeadlineView {
            state: state.into(),
            limit: clock.limit,
            unit: unit.into(),
            last_day,
            passed: clock.expired,
        })
    }

    fn waiting(&self) -> impl Iterator<Item = (TokenId, &Token)> {
        self.case.flow.tokens.iter().filter(|(_, t)| t.ready.is_none()).map(|(id, t)| (*id, t))
    }

    pub fn steps(&self, sees: &Sees<'_>) -> Vec<StepView> {
        let view = |(token, t): (TokenId, &Token)| StepView {
            id: t.step.clone(),
            title: self.text(&text_id("step", &t.step), None),
            kind: serde_json::to_value(t.kind).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default(),
            task: self.around.task_of(token),
            office: t.office.as_deref().map(|o| self.office(o)),
            entered_at: t.entered,
            due_at: t.target.or(t.expires),
            overdue: t.overdue,
            votes: Some(t.votes.len()).filter(|votes| *votes > 0),
            appointment: t.booked.map(|b| AppointmentView { at: b.at, until: b.until, mode: b.mode }),
        };
        self.waiting().filter(|(_, t)| sees.step(self.def, &t.step)).map(view).collect()
    }

    /// What the caller may do: by the policy's ground and the state of the case.
    pub fn actions(&self, actor: &Actor, permit: &Permit, loaded: &Loaded) -> Result<Vec<ActionView>> {
        let case = format!("/v1/cases/{}", loaded.row.id);
        let plain = |action: &str, method: &str, href: String| ActionView {
            action: action.into(),
            method: method.into(),
            href,
            step: None,
            task: None,
            event: None,
            remedy: None,
            hold: None,
            advice: None,
            outcomes: vec![],
            wants: vec![],
            fields: vec![],
            signature: None,
        };
        let mut actions = Vec::new();
        let own = permit.post.is_none() && permit.narrowed_to.is_none();
        let takes_documents = !self.def.documents.is_empty();
        match &self.case.flow.status {
            Status::Draft if own => {
                actions.push(plain("save_form", "PUT", format!("{case}/form")));
                if takes_documents {
                    actions.push(plain("add_document", "POST", format!("{case}/documents")));
                }
                actions.push(plain("submit", "POST", format!("{case}/submission")));
            }
            Status::Open => {
                for (token, found) in self.waiting() {
                    actions.extend(self.step_actions(actor, permit, loaded, token, found)?);
                }
                let may = |what| own || self.may(permit, what);
                if takes_documents && (may(PartyMay::Document) || self.asked_for_documents(permit)) {
                    actions.push(plain("add_document", "POST", format!("{case}/documents")));
                }
                if may(PartyMay::Withdraw) && self.case.flow.decision.is_none() && !self.case.flow.changed {
                    actions.push(plain("withdraw", "POST", format!("{case}/withdrawal")));
                }
                if permit.post.is_some() || may(PartyMay::Message) {
                    actions.push(plain("write_message", "POST", format!("{case}/messages")));
                }
            }
            Status::Closed { end, .. }
                if self.def.reopens(DOCUMENT, end) && (own || self.may(permit, PartyMay::Document)) =>
            {
                actions.push(plain("add_document", "POST", format!("{case}/documents")));
            }
            _ => {}
        }
        for event in self.raised_by(permit) {
            let title = self.text(&text_id("event", event), None);
            let raise = plain("raise_event", "POST", format!("{case}/events"));
            actions.push(ActionView { event: Some(Named { id: event.to_owned(), title }), ..raise });
        }
        for (remedy, endpoint) in self.open_to(permit) {
            let title = self.text(&text_id("remedy", remedy), None);
            let lodge = plain("lodge", "POST", format!("{case}/{endpoint}"));
            actions.push(ActionView { remedy: Some(Named { id: remedy.to_owned(), title }), ..lodge });
        }
        if permit.post.is_some() && self.extends(actor, loaded) {
            actions.push(plain("extend", "POST", format!("{case}/extension")));
        }
        let is_out = actor.person.is_some_and(|person| self.case.flow.recused.contains(&person));
        let is_staff = permit.post.is_some() && !is_out;
        let may_hold = |by: &[String]| is_staff && by.iter().any(|role| actor.holds(role, &loaded.row.office));
        for (hold, _) in self.def.holds.iter().filter(|(_, r)| self.case.flow.is_open() && may_hold(&r.by)) {
            let title = self.text(&text_id("hold", hold), None);
            let action = if self.case.flow.holds.contains(hold) {
                plain("resume", "DELETE", format!("{case}/holds/{hold}"))
            } else {
                plain("hold", "POST", format!("{case}/holds"))
            };
            actions.push(ActionView { hold: Some(Named { id: hold.clone(), title }), ..action });
        }
        Ok(actions)
    }

    /// Remedies that the caller may lodge now, with the last part of the address.
    fn open_to(&self, permit: &Permit) -> Vec<(&str, &'static str)> {
        let flow = &self.case.flow;
        let (names, now) = (permit.speaks_as(), self.ctx.clock.now());
        let Some(decided) = flow.decided.filter(|_| permit.post.is_none() && flow.pending().is_none()) else {
            return Vec::new();
        };
        let version = |service: &str, version: &str| self.ctx.catalogue.version(service, version).map(AsRef::as_ref);
        let mine = |(id, remedy): &(&str, &Remedy)| {
            let party = remedy.by.iter().find(|by| names.contains(by));
            let again = |party: &String| {
                flow.appeals.iter().any(|a| a.remedy == *id && a.party == *party && a.generation == flow.generation)
            };
            // The case at hand stands for whichever it is: only its instance is of interest.
            let found = workflow::instance(self.def, flow, CaseId(Uuid::nil()), id, version).ok();
            let in_time = found.is_some_and(|found| found.rule.within.end(decided, &self.def.time) > now);
            party.is_some_and(|party| !again(party)) && in_time
        };
        let endpoint = |id: &str| if id == "review" { "review" } else { "appeal" };
        workflow::open_remedies(self.def, flow).filter(mine).map(|(id, _)| (id, endpoint(id))).collect()
    }

    fn extends(&self, actor: &Actor, loaded: &Loaded) -> bool {
        let rule = self.def.time_limit.as_ref().and_then(|limit| limit.extend.as_ref());
        let clock = &self.case.flow.clock;
        let open = matches!(clock.run, Run::Running | Run::Suspended) && !clock.expired;
        rule.is_some_and(|rule| open && clock.extended < rule.times && actor.holds(&rule.role, &loaded.row.office))
    }

    /// Remedies that were lodged, for the applicant's side and staff.
    pub fn lodged(&self, permit: &Permit) -> Vec<LodgedView> {
        let view = |appeal: &workflow::Appeal| LodgedView {
            case: appeal.case.0,
            remedy: Named { id: appeal.remedy.clone(), title: self.text(&text_id("remedy", &appeal.remedy), None) },
            level: appeal.level,
            end: appeal.end.clone(),
        };
        let whole = permit.narrowed_to.is_none();
        let mine = |appeal: &&workflow::Appeal| whole || permit.speaks_for(&appeal.party);
        self.case.flow.appeals.iter().filter(mine).map(view).collect()
    }

    fn advice(&self, step: &str) -> Result<Option<AdviceView>> {
        let found = workflow::advice(self.def, self.case, step, self.ctx.clock.now()).map_err(refused)?;
        let view = |kept: serde_json::Map<String, Value>| {
            let outcome = kept.get(ADVISED).and_then(Value::as_str).map(|outcome| Named {
                title: self.text(&text_id("step", step), Some(&outcome.replace('_', "-"))),
                id: outcome.to_owned(),
            });
            let rows = kept.get("rows").and_then(Value::as_array).into_iter().flatten();
            AdviceView {
                outcome,
                rows: rows.filter_map(Value::as_u64).collect(),
                inputs: kept.get("inputs").cloned().unwrap_or_default(),
                table: kept.get("table").and_then(Value::as_str).unwrap_or_default().to_owned(),
            }
        };
        Ok(found.map(view))
    }

    /// Why the case stands still.
    pub fn holds(&self) -> Vec<Named> {
        let of = |hold: &String| if self.def.remedies.contains_key(hold) { "remedy" } else { "hold" };
        let named = |hold: &String| Named { id: hold.clone(), title: self.text(&text_id(of(hold), hold), None) };
        self.case.flow.holds.iter().map(named).collect()
    }

    /// Cases that steps opened, for those who see the whole case: the office, and whoever they are of.
    pub fn opened(&self, permit: &Permit) -> Vec<OpenedView> {
        let view = |child: &workflow::Child| OpenedView {
            case: child.case.0,
            reference: child.reference.clone(),
            step: Named { id: child.step.clone(), title: self.text(&text_id("step", &child.step), None) },
            end: child.end.clone(),
        };
        let whose = |child: &&workflow::Child| match self.def.steps.get(&child.step).map(|s| &s.verb) {
            Some(Verb::Open(opening)) => permit.post.is_some() || permit.speaks_as().contains(&opening.party),
            _ => permit.post.is_some(),
        };
        self.case.flow.children.iter().filter(|_| permit.narrowed_to.is_none()).filter(whose).map(view).collect()
    }

    /// Events that the caller may raise as the case stands.
    fn raised_by(&self, permit: &Permit) -> BTreeSet<&str> {
        let names = permit.speaks_as();
        let mine = |r: &&Reaction| !r.refuse && r.by.iter().any(|by| names.contains(by) || permit.is_party(by));
        let open = |r: &&Reaction| workflow::counts(&self.case.flow, r);
        self.def.reactions.iter().filter(mine).filter(open).map(|r| r.event.as_str()).collect()
    }

    /// What the definition lets another party do.
    fn may(&self, permit: &Permit, what: PartyMay) -> bool {
        let parties = permit.narrowed_to.iter().flatten().filter_map(|name| self.def.parties.get(name));
        parties.into_iter().any(|party| party.may.contains(&what))
    }

    fn asked_for_documents(&self, permit: &Permit) -> bool {
        let verbs = self.waiting().filter_map(|(_, t)| self.def.steps.get(&t.step)).map(|s| &s.verb);
        verbs.into_iter().any(|v| matches!(v, Verb::Ask { of, documents: true, .. } if permit.speaks_for(of)))
    }

    fn step_actions(
        &self,
        actor: &Actor,
        permit: &Permit,
        loaded: &Loaded,
        token: TokenId,
        found: &Token,
    ) -> Result<Vec<ActionView>> {
        let Some(task) = self.around.task_of(token) else { return Ok(Vec::new()) };
        let href = format!("/v1/tasks/{task}");
        let act = |action: &str, method: &str, rest: &str| ActionView {
            action: action.into(),
            method: method.into(),
            href: format!("{href}{rest}"),
            step: Some(found.step.clone()),
            task: Some(task),
            event: None,
            remedy: None,
            hold: None,
            advice: None,
            outcomes: vec![],
            wants: vec![],
            fields: vec![],
            signature: None,
        };
        let book = || ActionView { href: self.slots_of(), ..act("book", "GET", "") };
        let verb = self.def.steps.get(&found.step).map(|s| &s.verb);
        Ok(match (found.kind, verb) {
            (StepKind::Task, Some(Verb::Task { role, meeting, .. })) if permit.post.is_some() => {
                let role = self.case.flow.role_for(role);
                if !found.office.as_ref().is_some_and(|office| actor.holds(role, office)) {
                    return Ok(Vec::new());
                }
                self.task_actions(actor, token, found, &act)?
                    .into_iter()
                    .chain(meeting.iter().map(|_| book()))
                    .collect()
            }
            (StepKind::Task, Some(Verb::Task { meeting: Some(meeting), .. }))
                if meeting.booked_by.iter().any(|name| permit.is_party(name)) =>
            {
                vec![book()]
            }
            (StepKind::Ask, Some(Verb::Ask { of, message: true, .. })) if permit.is_party(of) => {
                let href = format!("/v1/cases/{}/messages", self.case.data.reference);
                vec![ActionView { href, ..act("write", "POST", "") }]
            }
            (StepKind::Ask, Some(Verb::Ask { of, form, fields, documents, signature, own, .. }))
                if permit.is_party(of) =>
            {
                // Nobody is asked twice, and nobody signs for whom he merely helps.
                let starter = loaded.row.started_by;
                let person = actor.person.map(|me| answers_for(self.case, starter, token, of, me).unwrap_or(me));
                let answered = person.is_some_and(|person| workflow::has_answered(&self.case.flow, token, person));
                if answered || (*signature && loaded.row.helper.is_some_and(|helper| actor.person == Some(helper))) {
                    return Ok(Vec::new());
                }
                let wants =
                    [(*form, "form"), (*documents, "documents"), (own.is_some(), "answers"), (*signature, "signature")];
                let wants = wants.iter().filter(|(wanted, _)| *wanted).map(|(_, word)| (*word).to_owned()).collect();
                let signature = signature.then(|| digest(&self.case.data.form));
                vec![ActionView { wants, fields: fields.clone(), signature, ..act("complete", "POST", "/completion") }]
            }
            (StepKind::Charge, Some(Verb::Charge { of, .. })) if permit.is_party(of) => {
                let due = self.case.flow.demands.get(&token).is_some_and(|d| d.state == DemandState::Due);
                let href = format!("/v1/cases/{}/fees", self.case.data.reference);
                if due { vec![ActionView { href, ..act("pay", "GET", "") }] } else { Vec::new() }
            }
            _ => Vec::new(),
        })
    }

    /// Where the slots for a meeting of the case stand.
    fn slots_of(&self) -> String {
        format!("/v1/cases/{}/slots", self.case.data.reference)
    }
}

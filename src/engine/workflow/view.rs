//! A case as expressions see it: the names of the definition language, worked out when they are asked for.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde_json::{Map, Value as Json, json};

use super::refusal::Refusal;
use super::state::{Case, Demand, DemandState};
use crate::engine::calendar::Duration;
use crate::engine::definition::{Arrow, AsOf, Definition, Moment, Span, as_name};
use crate::engine::feel::{Exhausted, Expression, Scope, Value};

/// Names in scope for one instant, with `item` or `record` where one is at hand.
pub struct View<'a> {
    def: &'a Definition,
    case: &'a Case,
    now: Timestamp,
    extra: Option<(&'static str, Json)>,
    /// The step at hand is left already.
    left: bool,
    steps: OnceCell<Json>,
    parties: OnceCell<Json>,
    documents: OnceCell<Json>,
    events: OnceCell<Json>,
    fees: OnceCell<Json>,
    about: OnceCell<Json>,
    link: OnceCell<Json>,
}

impl<'a> View<'a> {
    #[must_use]
    pub fn new(def: &'a Definition, case: &'a Case, now: Timestamp) -> Self {
        Self {
            def,
            case,
            now,
            extra: None,
            left: false,
            steps: OnceCell::new(),
            parties: OnceCell::new(),
            documents: OnceCell::new(),
            events: OnceCell::new(),
            fees: OnceCell::new(),
            about: OnceCell::new(),
            link: OnceCell::new(),
        }
    }

    /// The same with one more name, such as `item`.
    #[must_use]
    pub fn with(&self, name: &'static str, value: Json) -> Self {
        Self { extra: Some((name, value)), left: self.left, ..Self::new(self.def, self.case, self.now) }
    }

    /// The same on the way out of a step, which is not one of the open ones any more.
    #[must_use]
    pub fn on_the_way(self) -> Self {
        Self { left: true, ..self }
    }

    /// Day in the authority's time zone.
    #[must_use]
    pub fn today(&self) -> Date {
        self.def.time.day_of(self.now)
    }

    /// The day whose law governs: that of the submission, where the case has come so far.
    fn governing(&self, as_of: AsOf) -> Date {
        match (as_of, self.case.flow.marks.get("submitted").or(self.case.flow.marks.get("opened"))) {
            (AsOf::Submitted, Some(at)) => self.def.time.day_of(*at),
            _ => self.today(),
        }
    }

    fn params(&self) -> Value {
        let on =
            |p: &crate::engine::definition::Param| p.on(self.governing(p.as_of)).map_or(Value::Null, Value::from_json);
        Value::Context(self.def.params.iter().map(|(name, param)| (name.clone(), on(param))).collect())
    }

    fn steps_json(&self) -> Json {
        let mut steps = Map::new();
        for id in self.def.steps.keys() {
            let mut one = match self.case.data.steps.get(id) {
                Some(Json::Object(answers)) => answers.clone(),
                _ => Map::new(),
            };
            let facts = self.case.flow.results.get(id).cloned().unwrap_or_default();
            one.insert("rounds".into(), facts.rounds.into());
            one.insert("entered".into(), json!(facts.entered));
            one.insert("done".into(), json!(facts.done));
            one.insert("outcome".into(), json!(facts.outcome));
            one.insert("by".into(), json!(facts.by));
            steps.insert(id.clone(), Json::Object(one));
        }
        Json::Object(steps)
    }

    fn parties_json(&self) -> Json {
        let mut parties = self.case.data.parties.clone();
        for id in self.def.parties.keys() {
            parties.entry(id.clone()).or_insert(Json::Null);
        }
        Json::Object(parties)
    }

    fn documents_json(&self) -> Json {
        let about = |kind: &str| {
            let of_kind = || self.case.data.documents.iter().filter(|d| d.kind == kind);
            let count = of_kind().count();
            json!({"present": count > 0, "count": count, "issued": of_kind().filter_map(|d| d.issued).min()})
        };
        Json::Object(self.def.documents.keys().map(|k| (k.clone(), about(k))).collect())
    }

    fn events_json(&self) -> Json {
        let raised = |event: &str| json!(self.case.data.events.get(event).map_or(&[][..], Vec::as_slice));
        let remedies = self.def.remedies.iter().filter(|(_, r)| r.service.is_some()).map(|(id, _)| id);
        let named = self.def.reactions.iter().filter(|r| r.heard.is_none()).map(|r| &r.event).chain(remedies);
        let mut events: Map<String, Json> = named.map(|name| (name.clone(), raised(name))).collect();
        for (reaction, heard) in self.def.reactions.iter().filter_map(|r| Some((r, r.heard.as_ref()?))) {
            let (root, of) = match heard.service() {
                Some(service) => ("cases", as_name(service)),
                None => ("registers", heard.register.clone()),
            };
            let all = events.entry(root).or_insert_with(|| json!({}));
            all[of][&heard.change] = raised(&reaction.event);
        }
        Json::Object(events)
    }

    fn link_json(&self) -> Json {
        match (self.case.flow.link.as_deref(), self.case.flow.parent.as_deref()) {
            (Some(link), _) => json!({"case": link.reference, "service": link.service, "step": null,
                "remedy": link.remedy, "level": link.level, "role": link.role, "office": link.office}),
            (None, Some(parent)) => json!({"case": parent.reference, "service": parent.service, "step": parent.step,
                "remedy": null, "level": null, "role": null, "office": null}),
            (None, None) => Json::Null,
        }
    }

    fn fees_json(&self) -> Json {
        let sum = |fee: &str, state: DemandState| -> Decimal {
            self.case.flow.demands.values().filter(|d| d.fee == fee && d.state == state).map(Demand::left).sum()
        };
        let about = |fee: &str| {
            let (paid, open) = (sum(fee, DemandState::Paid), sum(fee, DemandState::Due));
            let number = |d: Decimal| Value::Number(d).to_json();
            json!({"paid": number(paid), "open": number(open), "due": number(paid + open)})
        };
        Json::Object(self.def.fees.keys().map(|f| (f.clone(), about(f))).collect())
    }

    fn case_json(&self) -> Json {
        let flow = &self.case.flow;
        let mut about = Map::new();
        about.extend(flow.marks.iter().map(|(name, at)| (name.clone(), json!(at))));
        about.insert("reference".into(), json!(self.case.data.reference));
        about.insert("status".into(), json!(flow.status.word()));
        about.insert("started_by".into(), json!(flow.started_by));
        about.insert("decided".into(), json!(flow.decided));
        about.insert("decision".into(), json!(flow.decision));
        about.insert("office".into(), json!(flow.offices.get("competent").unwrap_or(&self.def.main_office)));
        let end = match &flow.status {
            super::state::Status::Closed { end, .. } => Some(end),
            _ => None,
        };
        about.insert("end".into(), json!(end));
        about.insert("changed".into(), json!(flow.changed));
        about.insert("alone".into(), json!(flow.tokens.len() <= usize::from(!self.left)));
        Json::Object(about)
    }

    /// The whole as JSON, for templates and for what is kept of a decision.
    #[must_use]
    pub fn snapshot(&self) -> BTreeMap<&'static str, Json> {
        ["form", "parties", "steps", "documents", "fees", "case"]
            .into_iter()
            .map(|name| (name, self.json(name).cloned().unwrap_or(Json::Null)))
            .collect()
    }

    /// What a certificate says: the case as it is on issuing, and the record that was written last.
    #[must_use]
    pub fn content(&self, record: &Json) -> Json {
        let flow = &self.case.flow;
        let day = |at: Option<&Timestamp>| at.map(|at| self.def.time.day_of(*at));
        let mut content: Map<String, Json> = self.snapshot().into_iter().map(|(n, v)| (n.to_owned(), v)).collect();
        let about = json!({
            "reference": self.case.data.reference, "submitted": day(flow.marks.get("submitted")),
            "decided": day(flow.decided.as_ref()),
            "office": flow.offices.get("competent").unwrap_or(&self.def.main_office),
        });
        content.insert("case".into(), about);
        content.insert("issued".into(), json!(self.today()));
        content.insert("record".into(), record.clone());
        Json::Object(content)
    }

    /// # Errors
    /// Where the expression costs more than its budget.
    pub fn eval(&self, expression: &Expression) -> Result<Value, Refusal> {
        expression.evaluate(self).map_err(|e: Exhausted| Refusal::Defect(e.to_string()))
    }

    /// What expressions fill in, by the members of a form; what comes to nothing is left out.
    ///
    /// # Errors
    /// Where one costs too much.
    pub fn filled(&self, members: &indexmap::IndexMap<String, Expression>) -> Result<Map<String, Json>, Refusal> {
        let mut form = Map::new();
        for (member, value) in members {
            let value = self.eval(value)?.to_json();
            if !value.is_null() {
                form.insert(member.clone(), value);
            }
        }
        Ok(form)
    }

    /// Whether a guard holds. None always holds; null never.
    ///
    /// # Errors
    /// Where the expression costs more than its budget.
    pub fn holds(&self, guard: Option<&Expression>) -> Result<bool, Refusal> {
        Ok(match guard {
            None => true,
            Some(guard) => guard.is_true(self).map_err(|e| Refusal::Defect(e.to_string()))?,
        })
    }

    /// The first arrow whose guard holds.
    ///
    /// # Errors
    /// Where a guard costs more than its budget.
    pub fn arrow<'d>(&self, arrows: &'d [Arrow]) -> Result<Option<&'d Arrow>, Refusal> {
        for arrow in arrows {
            if self.holds(arrow.when.as_ref())? {
                return Ok(Some(arrow));
            }
        }
        Ok(None)
    }

    /// A point in time; none where the expression gives nothing yet. A day is reached when it begins.
    ///
    /// # Errors
    /// Where the expression gives something else, or costs more than its budget.
    pub fn moment(&self, moment: &Moment) -> Result<Option<Timestamp>, Refusal> {
        let wrong = || Refusal::Defect(format!("`{}` gives neither a day nor an instant", moment.from.source()));
        let from = match self.eval(&moment.from)? {
            Value::Null => return Ok(None),
            Value::Instant(at) => at,
            Value::Date(day) => self.def.time.start_of(day),
            // In data both are texts.
            Value::Text(text) => match (text.parse::<Timestamp>(), text.parse::<Date>()) {
                (Ok(at), _) => at,
                (_, Ok(day)) => self.def.time.start_of(day),
                _ => return Err(wrong()),
            },
            _ => return Err(wrong()),
        };
        Ok(Some(moment.after.map_or(from, |after| after.end(from, &self.def.time))))
    }

    /// A length of time.
    ///
    /// # Errors
    /// Where the expression gives no duration: a defect of the definition.
    pub fn span(&self, span: &Span) -> Result<Duration, Refusal> {
        match span {
            Span::Fixed(duration) => Ok(*duration),
            Span::Computed(expression) => match self.eval(expression)? {
                Value::Text(text) => Duration::parse(&text),
                _ => None,
            }
            .ok_or_else(|| Refusal::Defect(format!("`{}` gives no duration", expression.source()))),
        }
    }
}

impl Scope for View<'_> {
    fn json(&self, name: &str) -> Option<&Json> {
        match name {
            "form" => Some(&self.case.data.form),
            "steps" => Some(self.steps.get_or_init(|| self.steps_json())),
            "parties" => Some(self.parties.get_or_init(|| self.parties_json())),
            "documents" => Some(self.documents.get_or_init(|| self.documents_json())),
            "events" => Some(self.events.get_or_init(|| self.events_json())),
            "fees" => Some(self.fees.get_or_init(|| self.fees_json())),
            "link" => Some(self.link.get_or_init(|| self.link_json())),
            "case" => Some(self.about.get_or_init(|| self.case_json())),
            _ => self.extra.as_ref().filter(|(extra, _)| *extra == name).map(|(_, value)| value),
        }
    }

    fn value(&self, name: &str) -> Option<Value> {
        match name {
            "params" => Some(self.params()),
            "today" => Some(Value::Date(self.today())),
            "now" => Some(Value::Instant(self.now)),
            _ => None,
        }
    }

    fn time_zone(&self) -> jiff::tz::TimeZone {
        self.def.time.zone().clone()
    }
}

//! A procedure as a civil servant reads it: Markdown, from the compiled definition, in one of its languages. Promises the
//! same text for the same definition, and that no text of a service becomes markup. What is checked is not known here.

mod arrows;
mod asks;
mod public;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::LazyLock;

use super::calendar::{Duration, Recurring, Unit};
use super::check::{decided_text, field_text};
use super::definition::{
    Awaited, Country, Definition, EndResult, LINK_ROLE, Needed, PUBLIC, SILENCE, Span, Starter, Step, Verb,
};
use super::forms::Form;
use super::texts::{Texts, text_id};

/// The product's own words, in the languages that it has them in.
static WORDS: LazyLock<Option<Texts>> = LazyLock::new(|| {
    let file = |tag: &str, text: &str| (tag.to_owned(), format!("words.{tag}.ftl"), text.to_owned());
    let files = [file("en", include_str!("words.en.ftl")), file("bn", include_str!("words.bn.ftl"))];
    // Both files are read whole by a test.
    Texts::load(&["en".to_owned(), "bn".to_owned()], &files).ok()
});

/// The procedure of a service in one of its languages.
#[must_use]
pub fn markdown(def: &Definition, country: &Country, language: &str) -> String {
    let page = Page { def, country, language };
    let mut out = String::new();
    page.head(&mut out);
    page.needed(&mut out);
    heading(&mut out, 2, &page.word("steps", &[]));
    for (number, (id, step)) in def.steps.iter().enumerate() {
        page.step(&mut out, number + 1, id, step);
    }
    page.events(&mut out);
    page.ends(&mut out);
    page.remedies(&mut out);
    for said in page.disclosed() {
        line(&mut out, &said);
    }
    line(&mut out, &page.word("kept", &[("years", page.number(def.retention.years))]));
    out
}

struct Page<'a> {
    def: &'a Definition,
    country: &'a Country,
    language: &'a str,
}

impl Page<'_> {
    /// A word of the product.
    fn word(&self, id: &str, args: &[(&str, String)]) -> String {
        let args: BTreeMap<String, String> = args.iter().map(|(n, v)| ((*n).to_owned(), v.clone())).collect();
        let found = WORDS.as_ref().and_then(|words| words.format(self.language, id, None, &args));
        found.unwrap_or_else(|| id.to_owned())
    }

    /// A text of the service, which is no markup.
    fn text(&self, id: &str, attribute: Option<&str>) -> String {
        let attribute = attribute.map(|a| a.replace('_', "-"));
        let found = self.def.texts.format(self.language, id, attribute.as_deref(), &BTreeMap::new());
        plain(&found.or(attribute).unwrap_or_else(|| id.to_owned()))
    }

    fn place(&self, step: &str) -> String {
        let own = self.def.steps.contains_key(step) || self.def.remedies.contains_key(step);
        match step {
            SILENCE if !own => self.word("silence", &[]),
            _ => self.text(&decided_text(self.def, step), None),
        }
    }

    fn places<'s>(&self, steps: impl IntoIterator<Item = &'s String>) -> String {
        let place = |step: &String| match self.def.ends.contains_key(step) {
            true => self.text(&text_id("end", step), None),
            false => self.place(step),
        };
        steps.into_iter().map(place).collect::<Vec<_>>().join(", ")
    }

    /// A party or a role.
    fn who(&self, name: &str) -> String {
        let names = self.country.agencies.roles.get(name).map(|role| &role.name);
        let role = names.and_then(|names| names.get(self.language).or(names.values().next()));
        let agency = self.country.agencies.authorities.get(name).map(|authority| &authority.name);
        let agency = agency.and_then(|names| names.get(self.language).or(names.values().next()));
        match role {
            Some(role) => plain(role),
            None if name == PUBLIC => self.word("the-public", &[]),
            None if agency.is_some() && !self.def.parties.contains_key(name) => {
                plain(agency.map_or("", String::as_str))
            }
            None if name == LINK_ROLE => self.word("link-role", &[]),
            None => self.text(&text_id("party", name), None),
        }
    }

    fn all<'s>(&self, names: impl IntoIterator<Item = &'s String>) -> String {
        names.into_iter().map(|name| self.who(name)).collect::<Vec<_>>().join(", ")
    }

    /// A duration; that of a param is its newest.
    fn span(&self, span: &Span) -> String {
        let source = match span {
            Span::Fixed(duration) => return self.lasting(*duration),
            Span::Computed(expression) => expression.source().trim(),
        };
        let param = source.strip_prefix("params.").and_then(|name| self.def.params.get(name));
        let newest = param.and_then(|p| p.values.last()).and_then(|(_, value, _)| Duration::parse(value.as_str()?));
        newest.map_or_else(|| format!("`{source}`"), |newest| self.lasting(newest))
    }

    /// A day on which something recurs.
    fn recurring(&self, day: Recurring) -> String {
        match day {
            Recurring::Month(number) => self.word("day-of-month", &[("day", self.number(number))]),
            Recurring::Week(day) => self.word(&format!("day-{}", format!("{day:?}").to_lowercase()), &[]),
        }
    }

    /// A duration in words.
    fn lasting(&self, duration: Duration) -> String {
        let unit = match duration.unit() {
            Unit::Hours => "span-hours",
            Unit::Days => "span-days",
            Unit::WorkingDays => "span-working-days",
            Unit::Weeks => "span-weeks",
            Unit::Months => "span-months",
            Unit::Years => "span-years",
        };
        let one = if duration.count() == 1 { "-one" } else { "" };
        self.word(&format!("{unit}{one}"), &[("count", self.number(duration.count()))])
    }

    /// A number, or what is written in numbers, in the digits of the language.
    fn number(&self, number: impl std::fmt::Display) -> String {
        let digits = self.def.texts.format(self.language, "digits", None, &BTreeMap::new()).unwrap_or_default();
        let digits: Vec<char> = digits.chars().collect();
        let written = |c: char| c.to_digit(10).and_then(|n| digits.get(n as usize).copied()).unwrap_or(c);
        number.to_string().chars().map(written).collect()
    }

    /// What a form of a step states, by its labels: a member of a member is read in the form.
    fn stated(&self, form: &Form) -> String {
        let fields = form.fields().iter().filter(|field| field.pointer.matches('/').count() == 1);
        fields.map(|field| self.text(&text_id("field", &field.pointer), None)).collect::<Vec<_>>().join(", ")
    }

    fn head(&self, out: &mut String) {
        let def = self.def;
        heading(out, 1, &self.text("service", None));
        line(out, &self.text("service-description", None));
        let sections = plain(&def.legal_basis.sections.join(", "));
        line(out, &self.word("basis", &[("act", plain(&def.legal_basis.act)), ("sections", sections)]));
        for (attribute, section) in &def.legal_basis.protected {
            line(out, &self.word("weighs", &[("attribute", code(attribute)), ("section", plain(section))]));
        }
        let starter = |by: &Starter| match by {
            Starter::Person => "start-person",
            Starter::Organisation => "start-organisation",
            Starter::Representative => "start-representative",
            Starter::Officer => "start-officer",
            Starter::Case => "start-case",
        };
        let by: Vec<String> = def.start.by.iter().map(|by| self.word(starter(by), &[])).collect();
        let by = by.into_iter().chain(def.start.helper.iter().map(|role| self.who(role))).collect::<Vec<_>>();
        line(out, &self.word("started", &[("who", by.join(", "))]));
        let Some(limit) = &def.time_limit else { return };
        line(out, &self.word("limit", &[("within", self.span(&limit.within))]));
        if let Some(extend) = &limit.extend {
            let args = [
                ("by", self.lasting(extend.by)),
                ("times", self.number(extend.times)),
                ("role", self.who(&extend.role)),
            ];
            line(out, &self.word("limit-extended", &args));
        }
        if let Some(then) = &limit.then {
            line(out, &self.word("limit-silence", &[("to", self.arrow(then))]));
        }
    }

    fn needed(&self, out: &mut String) {
        let def = self.def;
        heading(out, 2, &self.word("needed", &[]));
        for (id, document) in &def.documents {
            let what = ("what", self.text(&text_id("document", id), None));
            let mut text = match &document.when {
                Some(guard) => self.word("document-if", &[what, ("guard", code(guard.source()))]),
                None if document.required => self.word("document", &[what]),
                None => self.word("document-optional", &[what]),
            };
            if let Some(other) = &document.or {
                let other = self.text(&text_id("document", other), None);
                let _ = write!(text, ", {}", self.word("document-or", &[("what", other)]));
            }
            item(out, &text);
        }
        for field in def.form.iter().flat_map(|form| form.fields()) {
            // Members of members are read in the form.
            if field.pointer.matches('/').count() == 1 {
                item(out, &self.text(&field_text(&format!("form.{}", field.pointer.trim_matches('/'))), None));
            }
        }
        for (fee, items) in &def.fees {
            let id = text_id("fee", fee);
            let of = |one: &super::definition::FeeItem| {
                let guard = one.when.as_ref().map(|w| format!(" [{}]", code(w.source()))).unwrap_or_default();
                format!("{} {}{guard}", self.text(&id, Some(&one.name)), self.amount(one.amount.source()))
            };
            let items = items.iter().map(of).collect::<Vec<_>>().join("; ");
            item(out, &self.word("fee", &[("fee", self.text(&id, None)), ("items", items)]));
        }
        out.push('\n');
    }

    /// An amount; that of a param is its newest, with the act that sets it.
    fn amount(&self, source: &str) -> String {
        let param = source.trim().strip_prefix("params.").and_then(|name| self.def.params.get(name));
        let Some((from, value, basis)) = param.and_then(|p| p.values.last()) else { return code(source) };
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let value = format!("{} {}", self.number(value), self.def.currency);
        self.word("fee-param", &[("value", value), ("from", self.number(from)), ("basis", plain(basis))])
    }

    fn step(&self, out: &mut String, number: usize, id: &str, step: &Step) {
        heading(out, 3, &format!("{}. {}", self.number(number), self.place(id)));
        let mut said = vec![self.verb(&step.verb)];
        if let Verb::Task { meeting, not_by, .. } = &step.verb {
            said.extend(meeting.as_deref().map(|meeting| {
                let notice = meeting.notice.as_ref().map(|n| self.span(n)).unwrap_or_default();
                self.word("step-meeting", &[("who", self.all(&meeting.with)), ("notice", notice)])
            }));
            let others: Vec<&String> = not_by.iter().filter(|step| self.def.steps.contains_key(*step)).collect();
            if !others.is_empty() {
                said.push(self.word("step-not-by", &[("steps", self.places(others))]));
            }
        }
        said.extend(step.within.as_ref().map(|w| self.word("step-within", &[("within", self.span(w))])));
        if step.stands {
            said.push(self.word("step-stands", &[]));
        }
        let form = match &step.verb {
            Verb::Task { form, .. } => form.as_ref(),
            Verb::Ask { own, .. } => own.as_ref(),
            _ => None,
        };
        said.extend(form.map(|form| self.word("step-states", &[("fields", self.stated(form))])));
        line(out, &said.join(" "));
        for text in self.outcomes(id, step) {
            item(out, &text);
        }
        out.push('\n');
    }

    fn verb(&self, verb: &Verb) -> String {
        match verb {
            Verb::Task { role, need, declare, advice, .. } => {
                let by = match need {
                    1 => self.word("step-by", &[("who", self.who(role))]),
                    _ => self.word("step-by-several", &[("who", self.who(role)), ("number", self.number(need))]),
                };
                let advised = advice.iter().map(|table| self.word("step-advised", &[("table", plain(table))]));
                let untied = declare.then(|| self.word("step-untied", &[]));
                std::iter::once(by).chain(untied).chain(advised).collect::<Vec<_>>().join(" ")
            }
            Verb::Ask { .. } => self.asks(verb),
            Verb::Charge { fee, of } => {
                let fee = self.text(&text_id("fee", fee), None);
                self.word("step-pays", &[("who", self.who(of)), ("fee", fee)])
            }
            Verb::Reserve(reserve) => {
                let (key, pool) = (code(reserve.key.source()), plain(&reserve.pool.pool));
                self.word("step-reserves", &[("key", key), ("pool", pool)])
            }
            Verb::Open(opening) => {
                let word = match opening.wait {
                    Awaited::All => "opens-and-waits-for-all",
                    Awaited::Any => "opens-and-waits-for-one",
                    Awaited::None => "opens",
                };
                let (service, who) = (plain(&opening.service), self.who(&opening.party));
                self.word(word, &[("service", service), ("who", who)])
            }
            Verb::Together { branches, need } => {
                let need = match need {
                    Needed::All => self.word("need-all", &[]),
                    Needed::Number(number) => self.word("need-number", &[("number", self.number(number))]),
                };
                self.word("step-together", &[("steps", self.places(branches)), ("need", need)])
            }
            Verb::Lookup { register, purpose, .. } => {
                let register = self.text(&text_id("register", register), None);
                self.word("step-register", &[("register", register), ("purpose", plain(purpose))])
            }
            Verb::Decide { table } => self.word("step-table", &[("table", table.clone())]),
            Verb::Wait { until, when } => {
                let moment = until.as_ref().map(|m| code(m.from.source()));
                let what = moment.or(when.as_ref().map(|w| code(w.source()))).unwrap_or_default();
                self.word("step-waits", &[("what", what)])
            }
            Verb::Do(acts) => format!("{} {}", self.word("step-at-once", &[]), self.acts(acts)),
            Verb::Junction => self.word("step-junction", &[]),
        }
    }

    fn ends(&self, out: &mut String) {
        heading(out, 2, &self.word("ends", &[]));
        for (id, end) in &self.def.ends {
            let result = match end.result {
                EndResult::Favourable => "end-favourable",
                EndResult::Adverse => "end-adverse",
                EndResult::Neutral => "end-neutral",
            };
            item(out, &format!("{}: {}", self.text(&text_id("end", id), None), self.word(result, &[])));
        }
        out.push('\n');
    }

    fn remedies(&self, out: &mut String) {
        if self.def.remedies.is_empty() {
            return;
        }
        heading(out, 2, &self.word("remedies", &[]));
        for (id, remedy) in &self.def.remedies {
            let args = [("steps", self.places(&remedy.against)), ("who", self.all(&remedy.by))];
            let title = self.text(&text_id("remedy", id), None);
            item(out, &format!("{title}: {}", self.word("remedy-against", &args)));
            for level in &remedy.levels {
                let args = [("role", self.who(&level.role)), ("within", self.lasting(level.within))];
                under(out, &self.word("remedy-level", &args));
            }
            if remedy.from_link {
                under(out, &self.word("remedy-next", &[]));
            }
            if remedy.suspends {
                under(out, &self.word("remedy-stands", &[]));
            }
            for (end, arrows) in &remedy.then {
                for arrow in arrows {
                    let args = [("end", code(end)), ("to", self.guarded(arrow))];
                    under(out, &self.word("remedy-then", &args));
                }
            }
        }
        out.push('\n');
    }
}

fn heading(out: &mut String, level: usize, text: &str) {
    let _ = writeln!(out, "{} {text}\n", "#".repeat(level));
}

fn line(out: &mut String, text: &str) {
    let _ = writeln!(out, "{text}\n");
}

fn item(out: &mut String, text: &str) {
    let _ = writeln!(out, "- {text}");
}

fn under(out: &mut String, text: &str) {
    let _ = writeln!(out, "  - {text}");
}

/// An expression, on one line.
fn code(source: &str) -> String {
    let flat = source.split_whitespace().collect::<Vec<_>>().join(" ");
    format!("`{}`", flat.replace('`', "'"))
}

/// Words of a service, without what Markdown or HTML would take for its own.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.split_whitespace().collect::<Vec<_>>().join(" ").chars() {
        if matches!(character, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' | '&') {
            out.push('\\');
        }
        out.push(character);
    }
    out
}
